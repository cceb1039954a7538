import { expect, it } from 'vitest';
import { macOf, Names } from './names.ts';

const ID = '12345678-9abc-4def-8123-456789abcdef';

it('keeps devices to the 15 characters that Linux allows', () => {
  expect(new Names('hy').device('port', ID)).toBe('hyp123456789abc');
  expect(new Names('abcd').device('router', 'any name')).toHaveLength(15);
});

it('gives the things of one id different names', () => {
  const names = new Names('hy');
  const kinds = ['port', 'router', 'uplink', 'resolver', 'relay'] as const;
  expect(new Set(kinds.map((kind) => names.device(kind, ID))).size).toBe(kinds.length);
});

it('reads the whole id from the name of a namespace, of its own prefix alone', () => {
  const names = new Names('hy');
  expect(names.parse(names.namespace('sandbox', ID))).toEqual({ place: 'sandbox', id: ID });
  expect(names.parse(`hyx-net-${ID}`)).toBeUndefined();
  expect(names.parse('hy-other-1')).toBeUndefined();
});

it.each(['', 'toolong', 'h-', '1a'])('refuses the prefix %j', (prefix) => {
  expect(() => new Names(prefix)).toThrow(RangeError);
});

it('makes the same local MAC for the same name', () => {
  expect(macOf('a')).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  expect(macOf('a')).toBe(macOf('a'));
  expect(macOf('a')).not.toBe(macOf('b'));
});
