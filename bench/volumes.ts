import { randomBytes } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';
import { cpuSeconds } from './support/cpu.ts';
import { latency, printLine, printMachine, ratio, verdict } from './support/report.ts';
import { serial, timed } from './support/stats.ts';

/**
 * Volumes of the driver `file` through the API, and backups between two processes; beside `cp` and `sha256sum`, which is
 * the least that a backup does. Needs root. Usage: node bench/volumes.ts [MiB of random data in a volume of 1 GiB]
 */
const MIB = 2 ** 20;
const DATA_MIB = Number(process.argv[2] ?? 512);
const CHANGED_MIB = 32;
const VOLUMES = 6; // with those that follow, no more than the quota
const BUDGET_MIB = 100;
const PATIENCE = { everyMs: 10, limitMs: 120_000 };

interface Thing {
  readonly id: string;
  readonly status: string;
}

async function main(): Promise<void> {
  await printMachine(`Volumes: created, copied, backed up, ${DATA_MIB} MiB of random data in 1 GiB`);
  await using cloud = await RealCloud.start();
  const user = await cloud.signIn();
  const made = await serial(VOLUMES, () => create(user, 'volume', { size: 1 }));
  printLine('create → available', latency(made));

  const volume = await newThing(user, 'volume', { size: 1 });
  const path = await fileOf(cloud, volume);
  await write(path, 0, DATA_MIB);
  await printPeers(path);
  const snapshot = await timed(() => create(user, 'snapshot', { volume_id: volume, name: 'bench' }));
  printRate('snapshot', snapshot, DATA_MIB);

  const backUp = (name: string, incremental: boolean) => () =>
    newThing(user, 'backup', { volume_id: volume, name, incremental });
  await measure(cloud, 'backup, full', backUp('full', false));
  await write(path, 64, CHANGED_MIB);
  const last = await measure(cloud, `backup, incremental, ${CHANGED_MIB} MiB new`, backUp('changed', true));
  await measure(cloud, 'restore', () => restore(user, last));
}

/** The time by a volume's data, and what both processes spent on it. */
async function measure<T>(cloud: RealCloud, name: string, work: () => Promise<T>): Promise<T> {
  const spent = () =>
    Promise.all((['control', 'node'] as const).map((daemon) => cpuSeconds(cloud.pid(daemon))));
  const before = await spent();
  const begun = performance.now();
  const result = await work();
  const taken = performance.now() - begun;
  const cpu = (await spent()).map((after, index) => (after - (before[index] ?? 0)).toFixed(1));
  printRate(name, taken, DATA_MIB, `processor: control ${cpu[0]} s, node ${cpu[1]} s`);
  return result;
}

function printRate(name: string, taken: number, mib: number, more = ''): void {
  const perSecond = mib / (taken / 1000);
  const kept = verdict(perSecond >= BUDGET_MIB, `≥ ${BUDGET_MIB} MiB/s`);
  printLine(name, `${(taken / 1000).toFixed(2)} s, ${perSecond.toFixed(0)} MiB/s  ${more}`, kept);
}

async function printPeers(path: string): Promise<void> {
  const copy = `${path}.copy`;
  const run = (command: string, ...args: string[]) => exec(command, args, { timeout: 120_000 });
  const copied = await timed(async () => {
    await run('cp', '--sparse=always', '--reflink=never', path, copy);
    await run('sync', copy);
  });
  const summed = await timed(() => run('sha256sum', path));
  await run('rm', copy);
  printRate('cp --sparse=always and sync', copied, DATA_MIB);
  printRate('sha256sum', summed, DATA_MIB, `${ratio(summed, copied)} of the time of cp`);
}

async function write(path: string, atMib: number, mib: number): Promise<void> {
  await using file = await open(path, 'r+');
  for (let index = 0; index < mib; index++) await file.write(randomBytes(MIB), 0, MIB, (atMib + index) * MIB);
  await file.sync();
}

async function fileOf(cloud: RealCloud, id: string): Promise<string> {
  const names = await readdir(cloud.paths.data, { recursive: true });
  const name = names.find((one) => one.endsWith(`${id}.raw`));
  if (name === undefined) throw new Error(`Volume ${id} has no file.`);
  return join(cloud.paths.data, name);
}

/** @returns its id, once it is available */
async function newThing({ client }: CloudUser, kind: string, fields: object): Promise<string> {
  const made = await client.post<Record<string, Thing>>('block-storage', `/${kind}s`, { [kind]: fields });
  const id = made[kind]?.id ?? '';
  await untilAvailable(client, kind, id);
  return id;
}

const create = (user: CloudUser, kind: string, fields: object): Promise<unknown> =>
  newThing(user, kind, fields);

async function restore({ client }: CloudUser, backup: string): Promise<void> {
  const answer = await client.post<{ restore: { volume_id: string } }>(
    'block-storage',
    `/backups/${backup}/restore`,
    { restore: {} },
  );
  await untilAvailable(client, 'volume', answer.restore.volume_id);
}

const untilAvailable = (client: CloudUser['client'], kind: string, id: string): Promise<unknown> =>
  until(
    `${kind} ${id} is available`,
    async () => {
      const { [kind]: thing } = await client.get<Record<string, Thing>>('block-storage', `/${kind}s/${id}`);
      if (thing?.status.startsWith('error')) throw new Error(`${kind} ${id}: ${thing.status}`);
      return thing?.status === 'available';
    },
    PATIENCE,
  );

await main();
