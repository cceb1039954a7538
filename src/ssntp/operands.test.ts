import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { code2016, Extension, frameName, head, readme } from './operands.ts';

test('the names of the recorded frames are those of the last release', () => {
  const fixture = new URL('../../test/fixtures/ssntp/ciao-last-release.json', import.meta.url);
  const { streams } = JSON.parse(readFileSync(fixture, 'utf8')) as {
    streams: { frames: { name: string; value: { Type: number; Operand: number } }[] }[];
  };
  for (const { name, value } of streams.flatMap(({ frames }) => frames))
    expect(name.startsWith(frameName(value.Type, value.Operand)), name).toBe(true);
});

test.each([
  ['the code of 2016', code2016],
  ['the README', readme],
  ['the last release', head],
])('%s gives each operand of a type to one name', (_, table) => {
  for (const operands of Object.values(table)) {
    const numbers = Object.values(operands);
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});

test('the same operand means other things in other generations', () => {
  expect(frameName(0, 4, head)).toBe('DELETE');
  expect(frameName(0, 4, code2016)).toBe('EVACUATE');
  expect(frameName(2, 4, readme)).toBe('DeleteFailure');
  expect(frameName(0, 99)).toBe('command 99');
  expect(frameName(7, 0)).toBe('type 7');
});

test('the extension takes no operand of any generation', () => {
  const taken = [head, code2016, readme].flatMap(({ command }) => Object.values<number>(command));
  for (const operand of Object.values(Extension)) expect(taken).not.toContain(operand);
});
