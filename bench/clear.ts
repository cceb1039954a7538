import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConmonRuntime } from '#drivers/runtime/conmon/driver.ts';
import type { RuntimeHandle } from '#drivers/runtime/driver.ts';
import { exec } from '#kernel/exec.ts';
import { CrunMachine } from '#test/host/runtime-crun-machine.ts';
import { ClearMachine, removeTemplates } from '#test/host/runtime-clear-machine.ts';
import { bootMachine } from '#drivers/runtime/clear/machine/boot.ts';
import { findParts } from '#drivers/runtime/clear/machine/parts.ts';
import { PARTS, TEMPLATES } from '#test/host/runtime-clear-machine.ts';
import { PrivateDocker } from './peers/docker.ts';
import { memoryOf } from './support/memory.ts';
import { latency, ms, printLine, printMachine, ratio, verdict } from './support/report.ts';
import { quantile, serial, timed, type Samples } from './support/stats.ts';
import { mkdir, rm } from 'node:fs/promises';

/**
 * Containers in machines of their own: start until the workload runs, memory and idle processor time of 30, a command; beside crun, `docker
 * run` and a full boot. With KVM it is the same program: the first line tells what accelerates.
 */
const COUNT = 15;
const MANY = 30;
const IDLE_MS = 10_000;

interface Bench {
  readonly machine: CrunMachine;
  readonly driver: ConmonRuntime;
}

async function main(): Promise<void> {
  await printMachine('Containers in machines of their own');
  const parts = await findParts(PARTS);
  console.log(`${parts.accelerator}: ${parts.acceleration.why}\n`);
  const crun = await open(await CrunMachine.make());
  const clear = await open(await ClearMachine.make());
  try {
    const { starts, handles } = await startMany(clear, COUNT);
    const peers = await startMany(crun, COUNT);
    const p50 = quantile(starts, 0.5);
    printLine('clear: start until its program runs', latency(starts), verdict(p50 < 150, 'p50 < 150 ms'));
    printLine(
      'crun: the same',
      latency(peers.starts),
      `clear takes ${ratio(p50, quantile(peers.starts, 0.5))} of it`,
    );
    await printDocker(p50);
    printLine('a full boot of the machine', ms(await timed(() => bootOnce(parts))));
    await printCommands(clear, handles[0] as RuntimeHandle);
    const more = await startMany(clear, MANY - COUNT);
    printLine(
      'clear: starts one after another',
      `${(1000 / p50).toFixed(1)}/s`,
      verdict(1000 / p50 >= 15, '≥ 15/s'),
    );
    await printFootprint();
    for (const handle of [...handles, ...more.handles]) await clear.driver.remove(handle);
    for (const handle of peers.handles) await crun.driver.remove(handle);
  } finally {
    for (const { driver, machine } of [crun, clear]) {
      await driver.close();
      await machine.dispose();
    }
    await removeTemplates();
  }
}

async function open(machine: CrunMachine): Promise<Bench> {
  const driver = machine.open();
  const first = await driver.ensure(machine.shell('sleep 1000'));
  await driver.start(first); // what is made once
  await driver.remove(first);
  return { machine, driver };
}

async function startMany({ machine, driver }: Bench, count: number) {
  const handles: RuntimeHandle[] = [];
  for (let index = 0; index < count; index++) handles.push(await driver.ensure(machine.shell('sleep 1000')));
  const starts = await serial(count, (index) => driver.start(handles[index] as RuntimeHandle));
  return { starts, handles };
}

async function printDocker(p50: number): Promise<void> {
  await using docker = await PrivateDocker.withBusybox();
  const samples = await serial(5, () => docker.runSleeper('none'));
  printLine(
    'docker run --detach',
    latency(samples),
    `clear takes ${ratio(p50, quantile(samples, 0.5))} of it`,
  );
}

async function bootOnce(parts: Awaited<ReturnType<typeof findParts>>): Promise<void> {
  const folder = join(TEMPLATES, `boot-${randomBytes(3).toString('hex')}`);
  await mkdir(folder, { recursive: true });
  const machine = await bootMachine(folder, parts, { memory: 128, cpus: 1, disks: 0, interfaces: 0 }, 60_000);
  await machine.end();
  await rm(folder, { recursive: true });
}

async function printCommands({ driver }: Bench, handle: RuntimeHandle): Promise<void> {
  const run = () => driver.exec.run(handle, { args: ['echo', 'hi'], timeoutSeconds: 10, maxOutput: 100 });
  const samples: Samples = await serial(COUNT, run);
  printLine('clear: a command', latency(samples), verdict(quantile(samples, 0.5) <= 150, 'p50 ≤ 150 ms'));
}

async function printFootprint(): Promise<void> {
  const pids = await machinePids();
  const before = await cpuTicks(pids);
  const memory = await Promise.all(pids.map(memoryOf));
  const pss = memory.reduce((sum, one) => sum + one.pss, 0) / pids.length;
  printLine(
    `clear: PSS of each of ${pids.length} machines`,
    `${pss.toFixed(1)} MB`,
    verdict(pss <= 20, '≤ 20 MB'),
  );
  await sleep(IDLE_MS);
  const used = ((await cpuTicks(pids)) - before) / pids.length / (IDLE_MS / 1000);
  printLine('clear: an idle machine', `${used.toFixed(2)} % of a core`, verdict(used <= 0.5, '≤ 0.5 %'));
  const shared = await exec('du', ['-sm', TEMPLATES]);
  printLine('clear: the template, for all', `${shared.stdout.split('\t')[0]} MB`);
}

async function machinePids(): Promise<readonly number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    names.map(async (name) => ({
      name,
      line: await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''),
    })),
  );
  return lines
    .filter(({ line }) => line.includes('-incoming') && line.includes('/template/memory'))
    .map(({ name }) => Number(name));
}

/** Hundredths of a second, so that a difference over a second is percent of a core. */
async function cpuTicks(pids: readonly number[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
      return Number(fields[11]) + Number(fields[12]);
    }),
  );
  return ticks.reduce((sum, one) => sum + one, 0);
}

await main();
