import { expect, it } from 'vitest';
import { parseEnvFile } from './env-file.ts';
import { interpolate } from './interpolate.ts';

const VALUES: Readonly<Record<string, string>> = { A: 'a', EMPTY: '', B: 'b' };
const variables = (name: string) => VALUES[name];

it.each([
  ['plain', 'plain'],
  ['$A-$B', 'a-b'],
  ['${A}b', 'ab'],
  ['$NONE|${NONE}', '|'],
  ['$$A $${A}', '$A ${A}'],
  ['${NONE:-x} ${NONE-x}', 'x x'],
  ['${EMPTY:-x}|${EMPTY-x}', 'x|'],
  ['${A:+y}${A+y}', 'yy'],
  ['${EMPTY:+y}|${EMPTY+y}|${NONE+y}', '|y|'],
  ['${A:?no}${EMPTY?no}', 'a'],
  ['${NONE:-${B}}', 'b'],
  ['${NONE:-${EMPTY:-deep}}', 'deep'],
])('fills in %j', (text, expected) => {
  expect(interpolate(text, variables)).toBe(expected);
});

it.each([
  ['${A', 'is not closed'],
  ['${}', 'names no variable'],
  ['$1', 'after $ comes a name'],
  ['${A!b}', 'means nothing'],
  ['${NONE?say it}', 'NONE must be set: say it'],
  ['${EMPTY:?}', 'EMPTY must be set'],
  ['${N:-'.repeat(30) + '}'.repeat(30), 'nested too deeply'],
])('refuses %j', (text, why) => {
  expect(() => interpolate(text, variables)).toThrow(why);
});

it('reads a file of variables with quotes, comments and earlier names', () => {
  const text = [
    '# comment',
    'ONE=1 # one',
    'export TWO="two\\n$A"',
    "THREE='$A # as it is'",
    'FOUR=${ONE}${TWO:+!}',
    'nonsense',
    'FIVE=',
  ].join('\n');
  expect(Object.fromEntries(parseEnvFile(text, variables))).toEqual({
    ONE: '1',
    TWO: 'two\na',
    THREE: '$A # as it is',
    FOUR: '1!',
    FIVE: '',
  });
});
