import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aContainer } from '#test/support/node-objects.ts';
import { NO_FACTS, type WorkloadFacts } from './objects.ts';
import type { ContainerSpec } from './protocol.ts';
import { restartAt, restartDelay, restartReason, wasGoodRun } from './restart-policy.ts';

const END = Date.UTC(2030, 0, 1);
const ended = (change: Partial<WorkloadFacts>, exitCode = 1): WorkloadFacts => ({
  ...NO_FACTS.workload,
  state: {
    ...NO_FACTS.workload.state,
    status: 'stopped',
    exitCode,
    startedAt: new Date(END - 5000).toISOString(),
    finishedAt: new Date(END).toISOString(),
  },
  ...change,
});
const policy = (name: ContainerSpec['restartPolicy']['name'], maximumRetryCount = 0): ContainerSpec =>
  aContainer('c1', { restartPolicy: { name, maximumRetryCount } }).spec;

const anyPolicy = fc.constantFrom('no', 'always', 'on-failure', 'unless-stopped');
const counts = fc.nat({ max: 2000 });

describe('the back-off', () => {
  it('is 1 s at first, doubles, and is never more than 5 min', () => {
    expect([0, 1, 2, 8, 9].map(restartDelay)).toEqual([1000, 2000, 4000, 256_000, 300_000]);
    fc.assert(
      fc.property(counts, (tries) => {
        expect(restartDelay(tries + 1)).toBeGreaterThanOrEqual(restartDelay(tries));
        expect(restartDelay(tries)).toBeLessThanOrEqual(300_000);
      }),
    );
  });

  it('begins anew after 10 min of running', () => {
    const run = (seconds: number) => ({
      ...ended({}).state,
      startedAt: new Date(END - seconds * 1000).toISOString(),
    });
    expect([wasGoodRun(run(599)), wasGoodRun(run(600))]).toEqual([false, true]);
  });
});

describe('a container that ended by itself', () => {
  it('is started again by its policy alone, and never before its back-off is over', () => {
    const code = fc.nat({ max: 255 });
    const any = fc.record({ name: anyPolicy, most: counts, restarts: counts, shortRuns: counts, code });
    fc.assert(
      fc.property(any, ({ name, most, restarts, shortRuns, code }) => {
        const at = restartAt(policy(name, most), ended({ restarts, shortRuns }, code));
        const isFailure = code !== 0 && (most === 0 || restarts < most);
        const may = name === 'on-failure' ? isFailure : name !== 'no';
        expect(at).toBe(may ? END + restartDelay(shortRuns) : null);
      }),
    );
  });

  it('says why it waits, and which restart it will be', () => {
    expect(restartReason(policy('always'), ended({ restarts: 2 }))).toBe(
      'waiting to be restarted (number 3): it ended with 1',
    );
  });
});
