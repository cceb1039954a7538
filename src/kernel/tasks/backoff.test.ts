import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoff } from './backoff.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

it('doubles from 100 ms to 30 s', () => {
  expect([1, 2, 3, 9, 10, 5000].map((attempt) => backoff(attempt, 0))).toEqual([
    100, 200, 400, 25_600, 30_000, 30_000,
  ]);
});

it('always waits at least half as long as it could, and never longer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), random, (attempt, chance) => {
      const full = backoff(attempt, 0);
      expect(backoff(attempt, chance)).toBeGreaterThanOrEqual(full / 2);
      expect(backoff(attempt, chance)).toBeLessThanOrEqual(full);
    }),
  );
});
