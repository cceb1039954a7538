import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { start } from '#kernel/exec.ts';
import type { ConmonRuntime } from '#drivers/runtime/conmon/driver.ts';
import { CrunMachine } from './runtime-crun-machine.ts';

const NODE = join(import.meta.dirname, 'runtime-crun-node.ts');
const EVERYTHING = { stdout: true, stderr: true, tail: null, since: null };

let machine: CrunMachine;
let driver: ConmonRuntime;

beforeAll(async () => {
  machine = await CrunMachine.make();
  driver = machine.open();
});

afterAll(async () => {
  await driver.close();
  await machine.dispose();
});

/** Resolves when this file is made in the folder. */
async function appears(folder: string, file: string): Promise<void> {
  const watcher = watch(folder);
  for await (const [, name] of on(watcher)) if (name === file) break;
  watcher.close();
}

async function* on(watcher: ReturnType<typeof watch>): AsyncGenerator<[string, string | null]> {
  for (;;) yield (await once(watcher, 'change')) as [string, string | null];
}

it.for([0, 2, 4, 6, 8, 10, 12, 16, 20, 30])(
  'a workload runs once when its node is killed %i ms after its monitor came up',
  async (delay) => {
    const spec = machine.spec('talking');
    const handle = await driver.ensure(spec);
    const monitor = appears(join(machine.base, 'workloads', spec.id), 'conmon.pid');
    const node = start(process.execPath, [NODE, machine.base, machine.cgroupParent, JSON.stringify(spec)]);
    await monitor;
    await setTimeout(delay);
    node.kill('SIGKILL');
    await once(node, 'exit');

    await driver.recover(handle);
    await vi.waitFor(async () =>
      expect(await driver.inspect(handle)).toMatchObject({ status: 'stopped', exitCode: 0 }),
    );
    const lines = await Array.fromAsync(driver.logs.read(handle, EVERYTHING));
    expect(lines.map(({ text }) => text).toSorted()).toEqual(['one', 'three', 'two']);
    await driver.remove(handle);
    // The monitor closes its fifo a moment before it is gone.
    await vi.waitFor(async () => expect(await machine.leaks()).toEqual([]));
  },
);
