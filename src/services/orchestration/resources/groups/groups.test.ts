import { expect, it } from 'vitest';
import type { Json } from '../../template/json.ts';
import { growing, nextBatch } from './batches.ts';
import { adjusted, type Adjustment } from './capacity.ts';
import { freeNames, groupTemplate, membersIn, withIndex, type Members } from './members.ts';

const change = (by: number): Adjustment => ({ type: 'change_in_capacity', by });
const exact = (by: number): Adjustment => ({ type: 'exact_capacity', by });
const percent = (by: number, atLeast = 0): Adjustment => ({
  type: 'percent_change_in_capacity',
  by,
  atLeast,
});

it.each<[number, Adjustment, number]>([
  [3, change(2), 5],
  [3, change(-1), 2],
  [3, change(9), 6],
  [3, change(-9), 1],
  [3, exact(4), 4],
  [3, exact(0), 1],
  [4, percent(50), 6],
  [3, percent(50), 4],
  [3, percent(10), 4],
  [3, percent(-10), 2],
  [3, percent(-50), 2],
  [2, percent(10, 3), 5],
  [5, percent(-10, 2), 3],
  [3, percent(0), 3],
])('a group of %i, adjusted by %j, has %i members', (size, adjustment, expected) => {
  expect(adjusted(size, adjustment, { min: 1, max: 6 })).toBe(expected);
});

const members = (definitions: Readonly<Record<string, string>>): Members =>
  new Map(Object.entries(definitions).map(([name, type]) => [name, { type }]));
const shape = (some: Members | undefined) =>
  some && Object.fromEntries([...some].map(([name, { type }]) => [name, type]));

it('a rolling change goes by batches, and ends', () => {
  const wanted = members({ a: 'new', b: 'new', c: 'new' });
  const pace = { minInService: 0, maxBatchSize: 2 };
  const first = nextBatch(members({ a: 'old', b: 'old', c: 'old' }), wanted, pace);
  expect(shape(first)).toEqual({ a: 'new', b: 'new', c: 'old' });
  const second = nextBatch(first ?? new Map(), wanted, pace);
  expect(shape(second)).toEqual({ a: 'new', b: 'new', c: 'new' });
  expect(nextBatch(second ?? new Map(), wanted, pace)).toBeUndefined();
});

it('a rolling change keeps as many in service as it is told, with more for its time', () => {
  const wanted = members({ a: 'new', b: 'new' });
  const batch = nextBatch(members({ a: 'old', b: 'old' }), wanted, { minInService: 2, maxBatchSize: 1 });
  expect(shape(batch)).toEqual({ a: 'new', b: 'old', 'spare-0': 'new' });
});

it('members that go or come are no batch', () => {
  const pace = { minInService: 0, maxBatchSize: 1 };
  expect(nextBatch(members({ a: 'x', b: 'x' }), members({ b: 'x', c: 'x' }), pace)).toBeUndefined();
});

it('a group is made by batches', () => {
  const wanted = members({ a: 'x', b: 'x', c: 'x' });
  expect(growing(wanted, 2).map((step) => [...step.keys()])).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
  ]);
  expect(growing(new Map(), 2).map((step) => [...step.keys()])).toEqual([[]]);
});

it.each<[Json, Json]>([
  ['web_%index%', 'web_7'],
  [{ '%index%': ['a%index%', 1, null, true] }, { 7: ['a7', 1, null, true] }],
])('the index takes the place of its variable in %j', (value, expected) => {
  expect(withIndex(value, '%index%', '7')).toEqual(expected);
});

it('names that were removed are never used again', () => {
  expect(freeNames(3, new Set(['1', '2']))).toEqual(['0', '3', '4']);
});

it('a template tells the members that it was made of', () => {
  const some = members({ a: 'x', b: 'y' });
  expect(membersIn(groupTemplate(some))).toEqual(some);
  expect(membersIn(undefined)).toEqual(new Map());
});
