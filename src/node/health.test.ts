import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Healthcheck } from '#oci/image-config.ts';
import { aContainer } from '#test/support/node-objects.ts';
import { healthReport, probesOf, probesToTry, remedyFor, withOutcome } from './health.ts';
import { NO_FACTS, type WorkloadFacts } from './objects.ts';
import type { ContainerProbes, Probe, ProbeName } from './protocol.ts';

const START = Date.UTC(2030, 0, 1);
const running = (change: Partial<WorkloadFacts> = {}): WorkloadFacts => ({
  ...NO_FACTS.workload,
  state: { ...NO_FACTS.workload.state, status: 'running', startedAt: new Date(START).toISOString() },
  ...change,
});
const probe = (change: Partial<Probe> = {}): Probe => ({
  means: { kind: 'exec', args: ['true'] },
  intervalSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 3,
  successThreshold: 1,
  initialDelaySeconds: 0,
  graceSeconds: 0,
  action: 'restart',
  ...change,
});
const specOf = (probes: ContainerProbes, autoHeal = false) =>
  aContainer('c1', { probes, autoHeal, run: 1 }).spec;

/** Tries it so many times, a second apart. */
const tried = (
  facts: WorkloadFacts,
  [name, of]: [ProbeName, Probe],
  results: readonly boolean[],
): WorkloadFacts =>
  results.reduce(
    (before, passed, index) =>
      withOutcome(before, [name, of], { passed, output: `${passed}`, now: new Date(START + index * 1000) }),
    facts,
  );

const image: Healthcheck = {
  test: ['CMD-SHELL', 'curl x'],
  interval: 5,
  timeout: 0,
  startPeriod: 7,
  retries: 0,
};

describe('the probes of a container', () => {
  it("are its image's own where the user says nothing", () => {
    const [[name, own] = []] = probesOf(specOf({}), running({ imageHealth: image }));
    expect([name, own?.means]).toEqual(['check', { kind: 'exec', args: ['/bin/sh', '-c', 'curl x'] }]);
    expect(own).toMatchObject({
      intervalSeconds: 5,
      timeoutSeconds: 30,
      failureThreshold: 3,
      graceSeconds: 7,
      action: 'none',
    });
  });

  it.each([
    [{ check: null }, image] as const,
    [{}, { ...image, test: ['NONE'] }] as const,
    [{}, null] as const,
  ])('are none by %j', (probes, imageHealth) => {
    expect(probesOf(specOf(probes), running({ imageHealth }))).toEqual([]);
    expect(healthReport(specOf(probes), running({ imageHealth }))).toBeNull();
  });

  it('wait for the start probe, which is not tried again', () => {
    const spec = specOf({ start: probe(), ready: probe(), live: probe() });
    const probes = probesOf(spec, running());
    const names = (facts: WorkloadFacts) => probesToTry(probes, facts).map(([name]) => name);
    expect(names(running())).toEqual(['start']);
    expect(names(tried(running(), ['start', probe()], [false, true]))).toEqual(['live', 'ready']);
  });
});

describe('a probe', () => {
  const spec = specOf({ live: probe() });
  const status = (results: readonly boolean[]) =>
    healthReport(spec, tried(running(), ['live', probe()], results))?.status;

  it('leaves a container starting until it passes or fails as often as it must', () => {
    expect(status([])).toBe('starting');
    expect(status([false, false])).toBe('starting');
    expect(status([false, false, true])).toBe('healthy');
    expect(status([true, false, false])).toBe('healthy');
    expect(status([true, false, false, false])).toBe('unhealthy');
    expect(status([false, false, false, true])).toBe('healthy');
  });

  it('tells nothing new when it shows the same again', () => {
    const once = tried(running(), ['live', probe()], [true]);
    expect(tried(once, ['live', probe()], [true, true])).toBe(once);
  });

  it('fails in its grace for nothing, until it has passed', () => {
    const gracious = probe({ graceSeconds: 3, failureThreshold: 1 });
    const state = (results: readonly boolean[]) =>
      tried(running(), ['live', gracious], results).health?.probes.live?.state;
    expect([state([false, false]), state([false, false, false, false]), state([true, false])]).toEqual([
      'waiting',
      'failing',
      'failing',
    ]);
  });

  it('is failing exactly after so many failures with fewer successes in a row than it takes', () => {
    const results = fc.array(fc.boolean(), { maxLength: 40 });
    const threshold = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(results, threshold, threshold, (all, failureThreshold, successThreshold) => {
        const one = probe({ failureThreshold, successThreshold });
        const found = tried(running(), ['live', one], all).health?.probes.live?.state ?? 'waiting';
        expect(found).toBe(expected(all, failureThreshold, successThreshold));
      }),
    );
  });
});

/** By another way: the last streak that was long enough tells. */
function expected(results: readonly boolean[], failures: number, successes: number): string {
  for (let end = results.length; end > 0; end--) {
    const passed = results[end - 1] as boolean;
    const needed = passed ? successes : failures;
    const streak = results.slice(Math.max(0, end - needed), end);
    if (streak.length === needed && streak.every((one) => one === passed))
      return passed ? 'passing' : 'failing';
  }
  return 'waiting';
}

describe('a container that is not well', () => {
  const failed = (action: Probe['action'], name: ProbeName = 'live') => {
    const one = probe({ failureThreshold: 1, action });
    return { one, facts: tried(running(), [name, one], [false]) };
  };

  it.each(['restart', 'kill'] as const)('is to %s when its live probe says so', (action) => {
    const { one, facts } = failed(action);
    expect(remedyFor(specOf({ live: one }), facts)).toEqual({ name: 'live', action });
  });

  it('stays when its probe asks for nothing, or it was another run', () => {
    const { one, facts } = failed('none');
    expect(remedyFor(specOf({ live: one }), facts)).toBeNull();
    const later = { ...failed('restart').facts.state, startedAt: new Date(START + 1).toISOString() };
    expect(remedyFor(specOf({ live: probe() }), { ...failed('restart').facts, state: later })).toBeNull();
  });

  it('is healed of its health check only with auto_heal', () => {
    const { one, facts } = failed('none', 'check');
    expect(remedyFor(specOf({ check: one }), facts)).toBeNull();
    expect(remedyFor(specOf({ check: one }, true), facts)).toEqual({ name: 'check', action: 'restart' });
  });
});
