import { expect, it } from 'vitest';
import { RestWatch } from './memory.ts';

const dues = (spent: readonly number[]): boolean[] => {
  const watch = new RestWatch();
  return spent.map((seconds) => watch.isDue(seconds));
};

it('is due once when a process that has worked rests', () => {
  expect(dues([2, 4, 4.1, 4.2, 4.3])).toEqual([false, false, true, false, false]);
});

it('is not due while there is work, nor for the little that rest takes', () => {
  expect(dues([1, 2, 3, 4])).toEqual([false, false, false, false]);
  expect(dues([0.1, 0.2, 0.3, 0.4])).toEqual([false, false, false, false]);
});

it('is due again after more work', () => {
  expect(dues([2, 2.1, 4, 4.1, 4.2])).toEqual([false, true, false, true, false]);
});
