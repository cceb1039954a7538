import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import { silentLogger } from '#kernel/log.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { NodeBench } from '#test/support/node-bench.ts';
import { aContainer } from '#test/support/node-objects.ts';
import { Recorder } from './recorder.ts';

let directory: string;
let bench: NodeBench;
let clock: ManualClock;
let recorder: Recorder;

const open = () => {
  recorder = new Recorder({
    world: bench.world,
    runtimes: new Map<string, RuntimeDriver>([[bench.runtime.name, bench.runtime]]),
    directory,
    clock,
    log: silentLogger,
  });
  return recorder.start();
};
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-recorder-'));
  bench = new NodeBench();
  clock = new ManualClock();
  await open();
  bench.world.watch((entry) => recorder.look(entry));
});
afterEach(async () => {
  await recorder.close();
  await rm(directory, { recursive: true });
});

const run = async (cpu: number | null = null) => {
  bench.world.put([aContainer('c1', { run: 1, resources: { cpu, memory: 64, pids: 100 } })], []);
  await bench.settle();
};
/** Ten seconds later, when it has used so many nanoseconds in all. */
const tick = async (cpuNanos: number) => {
  bench.host.usage.set('c1', { cpuNanos, netReceived: 100 });
  await clock.asleep();
  await clock.step();
};
const measured = async () => {
  const [slots = []] = await recorder.read([{ id: 'c1', seconds: 10, from: 0, until: 2 ** 32 }]);
  return slots.map(({ totals, gauges }) => [totals.cpu, gauges.cpuUtil.last]);
};

it('says how much of its processors a workload used between two looks', async () => {
  await run(0.5);
  for (const used of [1e9, 2e9, 7e9]) await tick(used);
  expect(await measured()).toEqual([
    [2e9, 20],
    [7e9, 100],
  ]);
});

it('takes a workload without a limit by one processor, and one that began anew from its beginning', async () => {
  await run();
  for (const used of [1e9, 11e9, 5e9]) await tick(used);
  expect(await measured()).toEqual([
    [11e9, 100],
    [5e9, 50],
  ]);
});

it('goes on after its node has started again', async () => {
  await run();
  for (const used of [1e9, 2e9]) await tick(used);
  await recorder.close();
  await open();
  for (const used of [3e9, 4e9]) await tick(used);
  expect((await measured()).map(([cpu]) => cpu)).toEqual([2e9, 4e9]);
});

it('sleeps for ever while nothing runs, and forgets what is gone', async () => {
  await writeFile(join(directory, 'stranger'), '');
  await recorder.close();
  await open();
  expect(await readdir(directory)).toEqual([]);
  await run();
  for (const used of [1e9, 2e9]) await tick(used);
  expect(await readdir(directory)).toEqual(['c1']);
  bench.world.put([], [{ kind: 'container', id: 'c1' }]);
  await bench.settle();
  await expect.poll(() => readdir(directory)).toEqual([]);
  expect(await recorder.read([{ id: 'c1', seconds: 10, from: 0, until: 2 ** 32 }])).toEqual([[]]);
});

it('leaves a gap where a look fails', async () => {
  await run();
  await tick(1e9);
  bench.host.faults.fail('stats', 1, new Error('busy'), 'before');
  for (const used of [2e9, 3e9]) await tick(used);
  expect(await measured()).toEqual([[3e9, 10]]);
});
