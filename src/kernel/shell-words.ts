import { badRequest } from './errors.ts';

const WORD = /\s*((?:[^\s"'\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+)/y;
const PART = /\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^"'\\]+)/g;

/**
 * A command line as its words, split like a POSIX shell does, without any expansion.
 * @throws CloudError `bad-request` for a quote that is not closed.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  const rest = text.trimEnd();
  WORD.lastIndex = 0;
  while (WORD.lastIndex < rest.length) {
    const word = WORD.exec(rest)?.[1];
    if (word === undefined) throw badRequest(`The command has a quote that is not closed: ${text}`);
    words.push(word.replaceAll(PART, unquote));
  }
  return words;
}

const unquote = (_: string, ...[escaped, single, double, plain]: (string | undefined)[]): string =>
  escaped ?? single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? plain ?? '';
