import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import { startCloud } from '#test/support/cloud.ts';
import { Heat } from './support/heat.ts';
import { ms, printLine, printMachine, verdict } from './support/report.ts';
import { quantile, serial, timed } from './support/stats.ts';

/**
 * Stacks from the request to their end, by a client that asks for their state; with `OS_TOKEN=… --heat http://HOST:8004/v1/PROJECT`
 * the same of another Heat.
 */
const { values: options } = parseArgs({ options: { heat: { type: 'string' } } });

type Resources = Readonly<Record<string, object>>;

const templateOf = (resources: Resources) => ({ heat_template_version: '2018-08-31', resources });
const many = (count: number, resource: (index: number) => object): Resources =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, resource(index)]));

const random = () => ({ type: 'OS::Heat::RandomString' });
const network = () => ({ type: 'OS::Neutron::Net' });
const value = (text: string) => ({ type: 'OS::Heat::Value', properties: { value: text } });

interface Case {
  readonly name: string;
  readonly runs: number;
  readonly resources: Resources;
  readonly budgetMs?: number;
  /** Not for another Heat: it may have no such services, or takes too long for it. */
  readonly ours?: true;
}

const CASES: readonly Case[] = [
  { name: '10 random strings', runs: 10, resources: many(10, random), budgetMs: 150 },
  { name: '100 networks', runs: 3, resources: many(100, network), budgetMs: 3_000, ours: true },
  { name: '100 values', runs: 3, resources: many(100, () => value('one')) },
  { name: '999 values', runs: 2, resources: many(999, () => value('one')), ours: true },
];

/** Statements that the database was given so far. */
let statements = 0;

async function main(): Promise<void> {
  await printMachine('Stacks: create → CREATE_COMPLETE');
  const directory = join(tmpdir(), `hydria-bench-${newUuid()}`);
  const database = Database.open({ kind: 'sqlite', path: `${directory}.db` }, () => void statements++);
  try {
    await using cloud = await startCloud(database);
    const user = await cloud.addMember('ada');
    const origin = await cloud.listen();
    const ours = new Heat(`${origin}/orchestration/v1/${user.projectId}`, user.token);
    const theirs = options.heat && new Heat(options.heat, process.env['OS_TOKEN'] ?? '');
    for (const one of CASES) {
      const made = await measure(ours, one);
      printMade(one, made);
      if (theirs && !one.ours) printBeside(made, await measure(theirs, { ...one, runs: THEIR_RUNS }));
    }
    const changed = await measureChange(ours, 100);
    if (theirs) printChangeBeside(changed, await measureChange(theirs, 100, { quiet: true }));
    await measureChange(ours, 999);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${directory}.db${suffix}`, { force: true });
  }
}

interface Made {
  readonly create: number;
  readonly remove: number;
  readonly statements: number;
}

/** The medians. */
async function measure(heat: Heat, { runs, resources }: Case): Promise<Made> {
  const removals: number[] = [];
  const creations: number[] = [];
  const asked: number[] = [];
  await serial(runs, async (index) => {
    let path = '';
    const before = statements;
    creations.push(
      await timed(async () => {
        path = await heat.create(`bench-${index}-${newUuid().slice(0, 8)}`, templateOf(resources));
      }),
    );
    asked.push(statements - before);
    removals.push(await timed(() => heat.remove(path)));
  });
  return {
    create: quantile(creations, 0.5),
    remove: quantile(removals, 0.5),
    statements: quantile(asked, 0.5),
  };
}

function printMade({ name, resources, budgetMs }: Case, { create, remove, statements: asked }: Made): void {
  const count = Object.keys(resources).length;
  const each = `${(asked / count).toFixed(1)} statements each, ${ms(create / count)} each`;
  const budget = budgetMs === undefined ? '' : verdict(create <= budgetMs, `≤ ${ms(budgetMs)}`);
  printLine(name, `made ${ms(create)}  gone ${ms(remove)}  ${each}`, budget);
}

const TIMES_FASTER = 10;
/** A minute and more each. */
const THEIR_RUNS = 1;
const timesFaster = (ours: number, theirs: number) => (theirs / ours).toFixed(0);
const isFaster = (ours: number, theirs: number) =>
  verdict(ours * TIMES_FASTER <= theirs, `${TIMES_FASTER} × faster`);

function printBeside(ours: Made, theirs: Made): void {
  const figures = `made ${ms(theirs.create)}  gone ${ms(theirs.remove)}`;
  const times = `${timesFaster(ours.create, theirs.create)} and ${timesFaster(ours.remove, theirs.remove)}`;
  printLine(
    '  the other Heat',
    `${figures}  Hydria is ${times} times faster`,
    isFaster(ours.create, theirs.create),
  );
}

function printChangeBeside(ours: number, theirs: number): void {
  const figures = `${ms(theirs)}  Hydria is ${timesFaster(ours, theirs)} times faster`;
  printLine('  the other Heat', figures, isFaster(ours, theirs));
}

/** One of many is changed. @returns the milliseconds that it takes */
async function measureChange(heat: Heat, count: number, { quiet = false } = {}): Promise<number> {
  const before = many(count, () => value('one'));
  const path = await heat.create(`bench-change-${newUuid().slice(0, 8)}`, templateOf(before));
  const asked = statements;
  const took = await timed(() => heat.update(path, templateOf({ ...before, r50: value('two') })));
  const done = statements - asked;
  const told = (await heat.events(path, 10)).filter((event) => event.resource_status.startsWith('UPDATE'));
  const touched = new Set(told.map(({ resource_name: name }) => name).filter((name) => name in before));
  const line = `${ms(took)}, ${touched.size} touched, ${done} statements`;
  if (!quiet) printLine(`one of ${count} values is changed`, line, verdict(touched.size === 1, 'one'));
  await heat.remove(path);
  return took;
}

await main();
