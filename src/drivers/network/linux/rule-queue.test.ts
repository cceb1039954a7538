import { expect, it, vi } from 'vitest';
import { RuleQueue } from './rule-queue.ts';

it('loads what waited meanwhile as one transaction', async () => {
  const first = Promise.withResolvers<void>();
  const load = vi.fn<(namespace: string, rules: string) => Promise<void>>(async (_, rules) => {
    if (rules === 'a') await first.promise;
  });
  const queue = new RuleQueue(load);
  const a = queue.load('n', () => 'a');
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
  const rest = [queue.load('n', () => 'b'), queue.load('n', () => 'c')];
  first.resolve();
  await Promise.all([a, ...rest]);
  expect(load.mock.calls).toEqual([
    ['n', 'a'],
    ['n', 'bc'],
  ]);
});

it('does not let one namespace wait for another', async () => {
  const queue = new RuleQueue((namespace) =>
    namespace === 'slow' ? new Promise(() => {}) : Promise.resolve(),
  );
  void queue.load('slow', () => 'a');
  await expect(queue.load('fast', () => 'b')).resolves.toBeUndefined();
});

it('fails the bad text of a bundle alone', async () => {
  const queue = new RuleQueue(async (_, rules) => {
    if (rules.includes('bad')) throw new Error('syntax');
  });
  const results = await Promise.allSettled(
    ['good', 'bad', 'fine'].map((text) => queue.load('n', () => text)),
  );
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('goes on after a failure', async () => {
  const queue = new RuleQueue(async (_, rules) => {
    if (rules === 'bad') throw new Error('syntax');
  });
  await expect(queue.load('n', () => 'bad')).rejects.toThrow('syntax');
  await expect(queue.load('n', () => 'good')).resolves.toBeUndefined();
  await expect(queue.settled('n')).resolves.toBeUndefined();
});
