import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Config } from '#kernel/config.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { PrivateDocker } from './peers/docker.ts';
import { latency, ms, printLine, printMachine, ratio, verdict } from './support/report.ts';
import { RunningWatch } from './support/running-watch.ts';
import { Sleepers } from './support/sleepers.ts';
import { quantile, timed, type Samples } from './support/stats.ts';

/** Twenty containers that are asked for in one moment: until the last one runs, beside Docker, and where the time goes. */
const COUNT = 20;
const ROUNDS = 5;
const BUDGET_MS = 1_000;

/** So that the node says what it does. */
const DEBUG: Partial<Config> = { log: { level: 'debug' as never } };

interface Round {
  /** Until all of them run. */
  readonly total: number;
  readonly each: Samples;
}

async function main(): Promise<void> {
  await printMachine(`${COUNT} containers at once: create → all of them Running`);
  await using docker = await PrivateDocker.withBusybox();
  await docker.runSleeper('bridge');
  await using cloud = await RealCloud.start(DEBUG);
  const user = await cloud.signIn();
  using running = new RunningWatch(user);
  const sleepers = await Sleepers.of(user, running);
  const runs = { ours: () => sleepers.run(), docker: () => docker.runSleeper('bridge') };
  await atOnce(runs.ours); // the image is fetched, and code is compiled
  await sleepers.removeAll();

  const rounds: { ours: Round[]; docker: Round[] } = { ours: [], docker: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rounds.ours.push(await atOnce(runs.ours));
    if (round === ROUNDS - 1) await explain(cloud);
    await sleepers.removeAll();
    rounds.docker.push(await atOnce(runs.docker));
    await docker.removeAll();
  }
  const [ours, peer] = [rounds.ours, rounds.docker].map((all) => median(all)) as [number, number];
  const told = (all: readonly Round[]) =>
    `all after ${ms(median(all))}  each ${latency(all.flatMap(({ each }) => each))}`;
  printLine('Hydria', told(rounds.ours), verdict(ours <= BUDGET_MS, `≤ ${ms(BUDGET_MS)}`));
  printLine('docker run -d, on its bridge', told(rounds.docker), `Hydria takes ${ratio(ours, peer)} of it`);
}

const median = (rounds: readonly Round[]): number =>
  quantile(
    rounds.map(({ total }) => total),
    0.5,
  );

async function atOnce(run: () => Promise<unknown>): Promise<Round> {
  const each: number[] = [];
  const one = async () => void each.push(await timed(run));
  const total = await timed(() => Promise.all(Array.from({ length: COUNT }, one)));
  return { total, each };
}

/** Of the last round: what control waited for, by the records of its tasks, and what the node did, by its log. */
async function explain(cloud: RealCloud): Promise<void> {
  for (const [step, samples] of taskSteps(join(cloud.paths.data, 'control', 'hydria.db')))
    printLine(`  control: ${step}`, latency(samples));
  const acted = (await cloud.log('node'))
    .split('\n')
    .filter((line) => line.includes('"acted"'))
    .map((line) => JSON.parse(line) as { verb: string; ms: number });
  for (const verb of ['ensure-sandbox', 'plug-port', 'make-workload', 'start-workload'])
    printLine(
      `  node: ${verb}`,
      latency(
        acted
          .filter((one) => one.verb === verb)
          .slice(-COUNT)
          .map((one) => one.ms),
      ),
    );
}

/** How long after the step before, or after the task was made, each ended. */
function taskSteps(path: string): ReadonlyMap<string, Samples> {
  using database = new DatabaseSync(path, { readOnly: true });
  const tasks = database
    .prepare(
      `select id, created_at as at from task where kind = 'container.create-container' order by created_at desc limit ${COUNT}`,
    )
    .all() as unknown as { id: string; at: string }[];
  const steps = database.prepare('select name, at from task_step where task = ? order by at, rowid');
  const samples = new Map<string, number[]>();
  for (const task of tasks) {
    let last = Date.parse(task.at);
    for (const { name, at } of steps.all(task.id) as unknown as { name: string; at: string }[]) {
      samples.set(name, [...(samples.get(name) ?? []), Date.parse(at) - last]);
      last = Date.parse(at);
    }
  }
  return samples;
}

await main();
