import { badRequest } from '#kernel/errors.ts';

const PART = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;

/** The words of a command as a shell would take them: quotes and backslashes hold together, and nothing is expanded. */
export function shellWords(command: string): readonly string[] {
  const words: string[] = [];
  let [at, word] = [0, undefined as string | undefined];
  const end = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  while (at < command.length) {
    PART.lastIndex = at;
    const found = PART.exec(command);
    if (found) {
      const [whole, single, double, escaped, plain] = found;
      word = (word ?? '') + (single ?? double?.replaceAll(/\\(["\\])/g, '$1') ?? escaped ?? plain ?? '');
      at += whole.length;
    } else {
      if (!/\s/.test(command.charAt(at))) throw badRequest('A quotation of the command has no end.');
      end();
      at += 1;
    }
  }
  end();
  return words;
}
