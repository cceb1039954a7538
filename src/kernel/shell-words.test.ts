import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWords } from './shell-words.ts';

describe('shellWords', () => {
  it('splits like a shell', () => {
    expect(shellWords(`sh -c "echo \\"hi\\" $x" 'a "b"' c\\ d e"f"g ''`)).toEqual([
      'sh',
      '-c',
      'echo "hi" $x',
      'a "b"',
      'c d',
      'efg',
      '',
    ]);
    expect(shellWords('  ')).toEqual([]);
  });

  it('refuses a quote that is not closed', () => {
    for (const text of ['"a', "a 'b", 'a"', 'a \\']) expect(() => shellWords(text)).toThrow(/not closed/);
  });

  it('takes back any words that were quoted', () => {
    const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(shellWords(words.map(quote).join(' '))).toEqual(words);
      }),
    );
  });
});
