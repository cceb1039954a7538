import { interpolate, type Variables } from './interpolate.ts';

const LINE = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*?))\s*(?:\s#.*)?$/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  $: '$$',
};

/**
 * A file of `NAME=value` lines, as Compose reads them: comments, quotes, `export`; variables are filled in but in single quotes,
 * from above in the file or from outside. A line that is none is passed over.
 */
export function parseEnvFile(text: string, outside: Variables): Map<string, string> {
  const found = new Map<string, string>();
  const variables: Variables = (name) => outside(name) ?? found.get(name);
  for (const line of text.split(/\r?\n/)) {
    const [, name, double, single, plain = ''] = LINE.exec(line) ?? [];
    if (name === undefined || /^\s*#/.test(line)) continue;
    if (single === undefined) found.set(name, interpolate(unescape(double) ?? plain, variables));
    else found.set(name, single);
  }
  return found;
}

const unescape = (text: string | undefined): string | undefined =>
  text?.replaceAll(/\\(.)/g, (whole, letter: string) => ESCAPES[letter] ?? whole);
