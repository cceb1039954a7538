import { expect, test } from 'vitest';
import { SharedJobs } from './shared-jobs.ts';

test('callers of one key share the work, its progress and its result', async () => {
  const jobs = new SharedJobs<string, number>();
  const gate = Promise.withResolvers<string>();
  let runs = 0;
  const seen: string[] = [];
  const join = (name: string) =>
    jobs.join('k', (_, report) => (runs++, gate.promise.finally(() => report(1))), {
      onProgress: (progress) => seen.push(`${name}${progress}`),
    });
  const both = Promise.all([join('a'), join('b')]);
  gate.resolve('done');
  expect(await both).toEqual(['done', 'done']);
  expect(runs).toBe(1);
  expect(seen).toEqual(['a1', 'b1']);
});

test('a failure reaches all callers, and the next one tries again', async () => {
  const jobs = new SharedJobs<string, never>();
  const failing = () => Promise.reject(new Error('no'));
  const outcomes = await Promise.allSettled([jobs.join('k', failing), jobs.join('k', failing)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await jobs.join('k', () => Promise.resolve('yes'))).toBe('yes');
});

test('the work goes on for those who stay, and is aborted when the last one leaves', async () => {
  const jobs = new SharedJobs<string, never>();
  const [first, second] = [new AbortController(), new AbortController()];
  let aborted = false;
  const work = (signal: AbortSignal) => {
    const { promise, reject } = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => ((aborted = true), reject(new Error('cleaned up'))));
    return promise;
  };
  const calls = [first, second].map(({ signal }) => jobs.join('k', work, { signal }));
  first.abort(new Error('first left'));
  await expect(calls[0]).rejects.toThrow('first left');
  expect(aborted).toBe(false);
  second.abort(new Error('second left'));
  await expect(calls[1]).rejects.toThrow('second left');
  expect(aborted).toBe(true);
});

test('a caller who has given up before starts nothing', async () => {
  const jobs = new SharedJobs<string, never>();
  let started = false;
  const work = () => ((started = true), Promise.resolve(''));
  await expect(jobs.join('k', work, { signal: AbortSignal.abort() })).rejects.toThrow();
  expect(started).toBe(false);
});
