import { expect, it } from 'vitest';
import { beginOf, coarser, type Slot } from './slot.ts';

const slot = (at: number, cpu: number, util: number): Slot => ({
  at,
  count: 1,
  totals: { cpu, received: 0, sent: 0, read: 0, written: 0 },
  gauges: {
    cpuUtil: { sum: util, min: util, max: util, last: util },
    memory: { sum: 5, min: 5, max: 5, last: 5 },
  },
});

it('begins spans at multiples of their length', () => {
  expect([0, 9, 10, 1234].map((at) => beginOf(at, 10))).toEqual([0, 0, 10, 1230]);
});

it('makes longer spans of shorter ones: totals as they were last, gauges by all their figures', () => {
  const [first, second, ...others] = coarser([slot(0, 10, 5), slot(50, 30, 1), slot(60, 40, 9)], 60);
  expect(first).toEqual({
    at: 0,
    count: 2,
    totals: { cpu: 30, received: 0, sent: 0, read: 0, written: 0 },
    gauges: { cpuUtil: { sum: 6, min: 1, max: 5, last: 1 }, memory: { sum: 10, min: 5, max: 5, last: 5 } },
  });
  expect([second?.at, second?.count, others]).toEqual([60, 1, []]);
});
