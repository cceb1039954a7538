import { expect, it } from 'vitest';
import type { Worker } from './change.ts';
import { Errands } from './errands.ts';
import { Place } from './place.ts';

const purpose = 'change';
const errands = () =>
  new Errands({ signal: new AbortController().signal, place: new Place(() => undefined) }, 8);

it('lets go of all that is under way, and waits until it has ended', async () => {
  const all = errands();
  const ended: string[] = [];
  const work = (key: string, { signal }: Worker) =>
    new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => {
        ended.push(key);
        resolve();
      }),
    );
  all.begin(['a', 'b'], { purpose, work });
  await all.letGo();
  expect(ended).toEqual(['a', 'b']);
  expect(all.keys.size).toBe(0);
});

it('tells whoever goes on what work threw, instead of nobody', async () => {
  const all = errands();
  const { ended } = all;
  all.begin(['a'], { purpose, work: () => Promise.reject(new Error('The database is away.')) });
  await ended;
  expect(() => all.assertUnbroken()).toThrow('The database is away.');
});

it('begins others in the place of those that only wait', async () => {
  const all = new Errands({ signal: new AbortController().signal, place: new Place(() => undefined) }, 1);
  const wait = Promise.withResolvers<void>();
  const { ended } = all;
  all.begin(['a', 'b'], { purpose, work: (_, { place }) => place.rest(wait.promise) });
  await ended;
  expect([...all.keys]).toEqual(['a', 'b']);
  wait.resolve();
});
