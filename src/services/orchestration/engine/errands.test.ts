import { expect, it } from 'vitest';
import { Errands } from './errands.ts';

const purpose = 'change';
const errands = () => new Errands(new AbortController().signal, 8);

it('lets go of all that is under way, and waits until it has ended', async () => {
  const all = errands();
  const ended: string[] = [];
  const work = (key: string, signal: AbortSignal) =>
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
