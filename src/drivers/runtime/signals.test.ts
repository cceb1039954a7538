import { expect, it } from 'vitest';
import { signalNumber } from './signals.ts';

it.each([
  ['SIGTERM', 15],
  ['term', 15],
  ['9', 9],
  [' SIGQUIT ', 3],
  ['SIGRTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['RTMAX-1', 63],
])('knows %s as %i', (name, number) => {
  expect(signalNumber(name)).toBe(number);
});

it.each(['', '0', '65', '-9', 'SIGNOT', 'SIGRTMIN+40', 'SIGRTMAX-60', 'toString'])('refuses %j', (name) => {
  expect(() => signalNumber(name)).toThrow(`Unknown signal: ${name}.`);
});
