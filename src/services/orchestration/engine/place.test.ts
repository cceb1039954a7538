import { expect, it } from 'vitest';
import { Place } from './place.ts';

const heard = () => {
  const told: boolean[] = [];
  return { told, place: new Place((rests) => told.push(rests)) };
};

it('rests while whoever has it waits', async () => {
  const { told, place } = heard();
  expect(await place.rest(Promise.resolve('news'))).toBe('news');
  expect(told).toEqual([true, false]);
});

it('goes on when what is waited for goes wrong', async () => {
  const { told, place } = heard();
  await expect(place.rest(Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(told).toEqual([true, false]);
});

it('does not rest while one within does something', async () => {
  const { told, place } = heard();
  const [gate, wait] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const inner: boolean[] = [];
  const work = place.within(
    async (own) => {
      await gate.promise;
      await own.rest(wait.promise);
    },
    (rests) => inner.push(rests),
  );
  const outer = place.rest(work);
  expect(told).toEqual([]);
  gate.resolve();
  await expect.poll(() => inner).toEqual([true]);
  expect(told).toEqual([true]);
  wait.resolve();
  await outer;
  expect(inner).toEqual([true, false]);
  expect(place.rests).toBe(false);
});

it('is given back whole by those within that fail', async () => {
  const { place } = heard();
  await expect(
    place.within(
      () => Promise.reject(new Error('no')),
      () => undefined,
    ),
  ).rejects.toThrow('no');
  const resting = place.rest(Promise.resolve());
  expect(place.rests).toBe(true);
  await resting;
});
