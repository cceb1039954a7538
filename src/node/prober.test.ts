import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { NodeBench } from '#test/support/node-bench.ts';
import { aContainer } from '#test/support/node-objects.ts';
import type { ProbeOutcome } from './health.ts';
import type { NetworkMeans, NetworkTarget } from './probe-network.ts';
import { Prober } from './prober.ts';
import type { Probe } from './protocol.ts';

const tcp = (port: number, change: Partial<Probe> = {}): Probe => ({
  means: { kind: 'tcp', port },
  intervalSeconds: 10,
  timeoutSeconds: 1,
  failureThreshold: 2,
  successThreshold: 1,
  initialDelaySeconds: 0,
  graceSeconds: 0,
  action: 'none',
  ...change,
});

let bench: NodeBench;
let clock: ManualClock;
let prober: Prober;
let outcome: ProbeOutcome;
/** Ports that were tried, in order. */
let tried: number[];
let targets: NetworkTarget[];

beforeEach(() => {
  bench = new NodeBench();
  clock = new ManualClock();
  outcome = { passed: true, output: 'fine' };
  tried = [];
  targets = [];
  prober = open();
  prober.start();
  bench.world.watch((entry) => prober.look(entry));
});
afterEach(() => prober.close());

const tryNetwork = async ({ port }: NetworkMeans, target: NetworkTarget) => {
  tried.push(port);
  targets.push(target);
  return outcome;
};
const open = () =>
  new Prober({
    world: bench.world,
    runtimes: new Map<string, RuntimeDriver>([[bench.runtime.name, bench.runtime]]),
    tryNetwork,
    clock,
  });

const shown = () => bench.world.find('container', 'c1')?.facts.workload.health?.probes;
const run = async (probes: object, change = {}) => {
  bench.world.put([aContainer('c1', { run: 1, probes, ...change })], []);
  await bench.settle();
};

describe('a container that runs', () => {
  it('is asked at once, and again after its interval, in its own network namespace', async () => {
    const hosts = [{ address: '10.0.0.5', name: 'c1' }];
    await run({ ready: tcp(80) }, { hosts });
    await clock.step();
    expect(shown()?.ready).toMatchObject({ state: 'passing', output: 'fine' });
    const netns = bench.world.find('sandbox', 'c1')?.facts.netns;
    expect(targets).toEqual([{ netns, address: '10.0.0.5', timeoutSeconds: 1 }]);
    clock.advance(8_900);
    expect(tried).toEqual([80]);
    outcome = { passed: false, output: 'refused' };
    await clock.step();
    await clock.step();
    expect(tried).toEqual([80, 80, 80]);
    expect(shown()?.ready).toMatchObject({ state: 'failing', output: 'refused' });
  });

  it('is asked nothing else before its start probe has passed, and that one no more', async () => {
    outcome = { passed: false, output: '' };
    await run({ start: tcp(1, { failureThreshold: 9 }), live: tcp(2) });
    await clock.step();
    outcome = { passed: true, output: '' };
    await clock.step();
    await clock.step();
    expect(tried).toEqual([1, 1, 2]);
  });

  it('is asked by commands, whose errors are failures', async () => {
    const exec = (word: string) => tcp(0, { means: { kind: 'exec', args: [word] }, failureThreshold: 1 });
    await run({ ready: exec('echo'), live: exec('boom') });
    await clock.step();
    await clock.asleep();
    expect([shown()?.ready?.state, shown()?.live?.state]).toEqual(['passing', 'failing']);
  });

  it('is asked no more when it is stopped, and anew when it runs again', async () => {
    await run({ ready: tcp(80) });
    await clock.step();
    const stopped = { state: 'stopped', epoch: 1, stopTimeoutSeconds: 1 } as const;
    bench.world.put([aContainer('c1', { generation: 2, probes: { ready: tcp(80) }, power: stopped })], []);
    await bench.settle();
    clock.advance(60_000);
    expect(tried).toEqual([80]);
    bench.world.put([aContainer('c1', { generation: 3, run: 2, probes: { ready: tcp(80) } })], []);
    await bench.settle();
    await clock.step();
    expect(tried).toEqual([80, 80]);
  });
});

it('goes on after a restart of the node with what it knew', async () => {
  outcome = { passed: false, output: 'no' };
  await run({ ready: tcp(80) });
  await clock.step();
  expect(shown()?.ready).toMatchObject({ state: 'waiting', failures: 1 });
  prober.close();
  prober = open();
  prober.start();
  await clock.step();
  expect(shown()?.ready).toMatchObject({ state: 'failing', failures: 2 });
});
