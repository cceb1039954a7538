import { expect, it, vi } from 'vitest';
import { Bundles } from './bundles.ts';

it('carries out together what waited meanwhile', async () => {
  const first = Promise.withResolvers<void>();
  const act = vi.fn<(namespace: string, changes: readonly string[]) => Promise<void>>(async (_, [change]) => {
    if (change === 'a') await first.promise;
  });
  const bundles = new Bundles(act);
  const a = bundles.add('n', 'a');
  await vi.waitFor(() => expect(act).toHaveBeenCalledTimes(1));
  const rest = [bundles.add('n', 'b'), bundles.add('n', 'c')];
  first.resolve();
  await Promise.all([a, ...rest]);
  expect(act.mock.calls).toEqual([
    ['n', ['a']],
    ['n', ['b', 'c']],
  ]);
});

it('does not let one namespace wait for another', async () => {
  const bundles = new Bundles<string>((namespace) =>
    namespace === 'slow' ? new Promise(() => {}) : Promise.resolve(),
  );
  void bundles.add('slow', 'a');
  await expect(bundles.add('fast', 'b')).resolves.toBeUndefined();
});

it('fails the bad text of a bundle alone', async () => {
  const bundles = new Bundles(async (_: string, changes: readonly string[]) => {
    if (changes.includes('bad')) throw new Error('syntax');
  });
  const results = await Promise.allSettled(['good', 'bad', 'fine'].map((text) => bundles.add('n', text)));
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('goes on after a failure', async () => {
  const bundles = new Bundles(async (_: string, changes: readonly string[]) => {
    if (changes.includes('bad')) throw new Error('syntax');
  });
  await expect(bundles.add('n', 'bad')).rejects.toThrow('syntax');
  await expect(bundles.add('n', 'good')).resolves.toBeUndefined();
});
