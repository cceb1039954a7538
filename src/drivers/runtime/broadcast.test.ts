import { expect, it } from 'vitest';
import { Broadcast } from './broadcast.ts';

it('gives each reader what is sent from the moment it asked', async () => {
  const source = new Broadcast<number>();
  const enough = new AbortController();
  source.send(1);
  const early = source.subscribe(enough.signal);
  source.send(2);
  const late = source.subscribe(enough.signal);
  source.send(3);
  const read = async (values: AsyncIterable<number>, count: number) => {
    const seen: number[] = [];
    for await (const value of values) if (seen.push(value) === count) break;
    return seen;
  };
  expect(await Promise.all([read(early, 2), read(late, 1)])).toEqual([[2, 3], [3]]);
});

it('ends for a reader that gave up, before or after it asked, and for all when it closes', async () => {
  const source = new Broadcast<number>();
  const given = new AbortController();
  const readers = [AbortSignal.abort(), given.signal, new AbortController().signal];
  const seen = readers.map((signal) => Array.fromAsync(source.subscribe(signal)));
  given.abort();
  source.close();
  expect(await Promise.all(seen)).toEqual([[], [], []]);
  expect(await Array.fromAsync(source.subscribe(new AbortController().signal))).toEqual([]);
});
