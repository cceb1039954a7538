import { expect, it } from 'vitest';
import { WholeCharacters } from './whole-characters.ts';

it('never divides a character, wherever the bytes are cut', () => {
  const text = 'aé€😀z';
  const bytes = Buffer.from(text);
  for (let first = 0; first <= bytes.length; first++)
    for (let second = first; second <= bytes.length; second++) {
      const characters = new WholeCharacters();
      const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      const told = parts.map((part) => characters.take(part));
      expect(told.map((part) => part.toString()).join('')).toBe(text);
      expect(characters.flush()).toHaveLength(0);
    }
});

it('passes on what is no UTF-8, at the end at the latest', () => {
  const characters = new WholeCharacters();
  const bytes = Buffer.from([0x80, 0x80, 0x80, 0x80, 0xff, 0xc3]);
  expect(Buffer.concat([characters.take(bytes), characters.flush()])).toEqual(bytes);
});
