import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { findDaemons, DAEMONS } from '#src/deploy/host/daemons.ts';
import { getConfig } from '#src/deploy/host/config-file.ts';
import { hostPaths } from '#src/deploy/host/paths.ts';
import { findHealth, isReady } from '#src/deploy/host/readiness.ts';
import { memoryOf } from './support/memory.ts';
import { latency, ms, printLine, printMachine, verdict } from './support/report.ts';
import { quantile, serial, timed } from './support/stats.ts';

/** What the cloud of this machine costs while nobody uses it, and how fast it goes and comes. It must be up. */
const HYDRIA = join(import.meta.dirname, '../hydria');
const RUNS = 5;
const BUDGET = { residentMb: 250, upMs: 2_000 };

const hydria = (verb: string) => exec(HYDRIA, [verb], { timeout: 120_000 });

async function main(): Promise<void> {
  await printMachine('Footprint of the cloud that `./hydria up` started, idle');
  const paths = hostPaths();
  const { http, data } = await getConfig(paths);
  if (!isReady(await findHealth(http.publicUrl)))
    throw new Error('The cloud is not ready. Start it first: ./hydria up');

  let resident = 0;
  for (const name of DAEMONS) {
    const [daemon] = await findDaemons(name, paths);
    if (daemon === undefined) throw new Error(`${name} does not run.`);
    const memory = await memoryOf(daemon.pid);
    resident += memory.rss;
    printLine(name, `RSS ${memory.rss.toFixed(0)} MB  PSS ${memory.pss.toFixed(0)} MB`);
  }
  const kept = resident <= BUDGET.residentMb;
  printLine('together, resident', `${resident.toFixed(0)} MB`, verdict(kept, `≤ ${BUDGET.residentMb} MB`));
  const { stdout } = await exec('du', ['--summarize', '--human-readable', '--one-file-system', data]);
  printLine(`disk of ${data}`, stdout.split('\t')[0] ?? '');

  printLine('`up` while it is up', latency(await serial(RUNS, () => hydria('up'))));
  const downs: number[] = [];
  const ups = await serial(RUNS, async () => {
    downs.push(await timed(() => hydria('down')));
    await hydria('up');
  }).then((both) => both.map((total, index) => total - (downs[index] ?? 0)));
  printLine('`down`', latency(downs));
  const median = quantile(ups, 0.5);
  printLine('`up` after it', latency(ups), verdict(median <= BUDGET.upMs, `≤ ${ms(BUDGET.upMs)}`));
}

await main();
