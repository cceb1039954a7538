import { badRequest } from '#kernel/errors.ts';

export interface Token {
  readonly kind: 'number' | 'text' | 'variable' | 'name' | 'sign' | 'end';
  readonly text: string;
  /** Characters from the start of the expression. */
  readonly at: number;
}

/** In the order of the kinds; the first that fits counts. */
const SHAPE =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<text>"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|`(?:\\`|[^`])*`)|(?<variable>\$\w*)|(?<name>[^\W\d]\w*)|(?<sign>=>|->|\?\.|<=|>=|!=|=~|!~|[-+*/.,()[\]{}<>=])|$)/uy;

const KINDS = ['number', 'text', 'variable', 'name', 'sign'] as const;

export const yaqlError = (message: string, at: number) => badRequest(`${message} (at character ${at + 1})`);

/** @throws CloudError at the character that begins nothing. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  SHAPE.lastIndex = 0;
  for (let end = 0; ; end = SHAPE.lastIndex) {
    const found = SHAPE.exec(source);
    if (found === null)
      throw yaqlError(`There is no such thing as "${source.slice(end).trim().slice(0, 10)}"`, end);
    const kind = KINDS.find((one) => found.groups?.[one] !== undefined);
    const text = kind === undefined ? '' : (found.groups?.[kind] ?? '');
    tokens.push({ kind: kind ?? 'end', text, at: SHAPE.lastIndex - text.length });
    if (kind === undefined) return tokens;
  }
}

const ESCAPES: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\0',
};

/** What a quoted text says. Between backquotes only backquotes are escaped. */
export function unquoted(text: string): string {
  const inside = text.slice(1, -1);
  if (text.startsWith('`')) return inside.replaceAll('\\`', '`');
  return inside.replaceAll(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g, (_, long, short, one) => {
    const code = (long ?? short) as string | undefined;
    return code === undefined
      ? (ESCAPES[one as string] ?? (one as string))
      : String.fromCharCode(Number(`0x${code}`));
  });
}
