import { expect, it } from 'vitest';
import { shellWords } from './shell-words.ts';

it.each<[string, readonly string[]]>([
  ['', []],
  ['  httpd -f  ', ['httpd', '-f']],
  [`sh -c 'sleep 1; echo "a b"'`, ['sh', '-c', 'sleep 1; echo "a b"']],
  [`echo "a \\"b\\" $HOME" ''`, ['echo', 'a "b" $HOME', '']],
  [`a\\ b c'd'"e"`, ['a b', 'cde']],
])('takes %j apart', (command, words) => {
  expect(shellWords(command)).toEqual(words);
});

it.each(["it's", '"open', 'end\\'])('refuses %j', (command) => {
  expect(() => shellWords(command)).toThrow('no end');
});
