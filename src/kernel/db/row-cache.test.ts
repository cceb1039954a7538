import { expect, it } from 'vitest';
import { RowCache } from './row-cache.ts';

interface Row {
  readonly id: string;
  readonly etag: string;
  readonly name: string;
}

/** A table that tells which rows were fetched. */
function tableOf(...first: Row[]) {
  const rows = new Map(first.map((row) => [row.id, row]));
  const fetched: string[][] = [];
  const cache = new RowCache((row: Row) => ({ name: row.name }));
  const fetch = async (ids: readonly string[]) => {
    fetched.push([...ids]);
    return ids.flatMap((id) => rows.get(id) ?? []).toReversed();
  };
  const load = async (states = [...rows.values()]) =>
    (await cache.load(states, fetch)).map(({ name }) => name);
  return { rows, fetched, load };
}

const A = { id: 'a', etag: '1', name: 'first' };
const B = { id: 'b', etag: '2', name: 'second' };

it('fetches once what does not change, and keeps the order asked for', async () => {
  const table = tableOf(A, B);
  expect(await table.load()).toEqual(['first', 'second']);
  expect(await table.load([B, A])).toEqual(['second', 'first']);
  expect(table.fetched).toEqual([['a', 'b']]);
});

it('fetches a row again when its etag is another', async () => {
  const table = tableOf(A, B);
  await table.load();
  table.rows.set('b', { ...B, etag: '3', name: 'changed' });
  expect(await table.load()).toEqual(['first', 'changed']);
  expect(table.fetched).toEqual([['a', 'b'], ['b']]);
});

it('gives what changed after the list was made as it is by then, and leaves out what is gone', async () => {
  const table = tableOf(A, B);
  const states = [A, B];
  table.rows.set('a', { ...A, etag: '4', name: 'newer' });
  table.rows.delete('b');
  expect(await table.load(states)).toEqual(['newer']);
});

it('remembers a limited number of rows, and reads the others each time', async () => {
  const many = Array.from({ length: 5_001 }, (_, at) => ({ id: `r${at}`, etag: '', name: `n${at}` }));
  const table = tableOf(...many);
  expect(await table.load()).toEqual(many.map(({ name }) => name));
  await table.load();
  expect(table.fetched[1]).toHaveLength(5_000);
});
