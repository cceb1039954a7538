import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably } from '#kernel/durable.ts';
import { CloudError } from '#kernel/errors.ts';
import { PrivateApt } from './apt.ts';
import { tunedFolder, tunedIn } from '../machine/tuned.ts';
import { bootCheck, type TunedCheck } from './check.ts';
import { findRecipe, recipeDigest, type Recipe } from './recipe.ts';
import { buildStages } from './stages.ts';
import { stampedSteps, type Stage, type TuneStep } from './step.ts';
import { freeBytes, Workshop } from './workshop.ts';

export { TUNE_PACKAGES } from './recipe.ts';

export interface TuneOptions {
  /** Of the clear driver's parts: `tuned` and `tune` go into it. */
  readonly directory: string;
  readonly log: string;
  readonly signal: AbortSignal;
}

/** What is known of a tuned pair: `tuned.json` beside it. */
export interface TunedFacts {
  readonly digest: string;
  readonly kernel: string;
  readonly qemu: string;
  /** SHA-256 of the files, in hex. */
  readonly sha256: Readonly<Record<'vmlinux' | 'qemu', string>>;
  /** From QEMU's start to the machine's first process, emulated, as the check measured it. */
  readonly milliseconds: number;
}

const NEEDED_BYTES = 6 * 2 ** 30;

/** Looks for the newest sources and plans what makes them the kernel and QEMU in use. */
export async function planTuning({ directory, log, signal }: TuneOptions): Promise<readonly TuneStep[]> {
  const work = join(directory, 'tune/work');
  await mkdir(work, { recursive: true, mode: 0o755 });
  const workshop = new Workshop({ log, signal });
  const apt = new PrivateApt(join(work, 'apt'), workshop);
  const recipe = await findRecipe(apt, workshop);
  const result = join(work, 'result');
  const stages = buildStages({ recipe, apt, workshop, work, result });
  return tuningSteps({ directory, recipe, stages, check: bootCheck, signal });
}

export interface Tuning {
  readonly directory: string;
  readonly recipe: Recipe;
  /** Put the parts into `tune/work/result`. */
  readonly stages: readonly Stage[];
  readonly check: TunedCheck;
  readonly signal: AbortSignal;
}

/** All steps; where the recipe's result is in use already, only what an interrupted run left behind is cleared away. */
export async function tuningSteps(tuning: Tuning): Promise<readonly TuneStep[]> {
  const { directory, recipe, stages } = tuning;
  const [work, digest] = [join(directory, 'tune/work'), recipeDigest(recipe)];
  const clearing: TuneStep = {
    name: 'clear away what was built with',
    done: async () => !existsSync(work),
    run: () => rm(work, { recursive: true, force: true }),
    mend: `remove ${work}.`,
  };
  if (await isCurrent(directory, digest)) return [clearing];
  const checking: Stage = {
    key: 'check',
    name: 'try the kernel and QEMU',
    inputs: [digest],
    run: () => checkResult(tuning, digest),
    mend: 'what was in use stays in use; the log and the message say what is wrong.',
  };
  return [
    placeStep(work),
    ...stampedSteps(join(work, 'stamps'), [...stages, checking]),
    {
      name: 'switch over to them',
      done: () => isCurrent(directory, digest),
      run: () => publish(directory, digest),
      mend: 'run it again.',
    },
    clearing,
  ];
}

/** A build that has begun has its place already. */
const placeStep = (work: string): TuneStep => ({
  name: 'find 6 GiB of free disk',
  done: async () => existsSync(join(work, 'stamps')) || (await freeBytes(work)) >= NEEDED_BYTES,
  run: async () => {
    const free = ((await freeBytes(work)) / 2 ** 30).toFixed(1);
    throw new CloudError(
      'too-large',
      `${free} GiB are free where ${work} is; building takes 6 GiB for a while.`,
    );
  },
  mend: 'make room on that disk.',
});

async function checkResult({ directory, recipe, check, signal }: Tuning, digest: string): Promise<void> {
  const work = join(directory, 'tune/work');
  const parts = tunedIn(join(work, 'result'));
  const { milliseconds } = await check(parts, join(work, 'check'), signal);
  const facts: TunedFacts = {
    digest,
    kernel: recipe.kernelVersion,
    qemu: recipe.qemuVersion,
    sha256: { vmlinux: await sha256(parts.vmlinux), qemu: await sha256(parts.qemu) },
    milliseconds,
  };
  await writeFile(join(work, 'result/tuned.json'), `${JSON.stringify(facts, null, 2)}\n`);
}

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** Readers of the link see the old pair or the new one, never a part of either. */
async function publish(directory: string, digest: string): Promise<void> {
  const [tuned, result] = [tunedFolder(directory), join(directory, 'tune/work/result')];
  await mkdir(tuned, { recursive: true, mode: 0o755 });
  if (existsSync(result)) {
    await rm(join(tuned, digest), { recursive: true, force: true });
    await rename(result, join(tuned, digest));
  }
  await stat(join(tuned, digest, 'tuned.json'));
  const draft = join(tuned, 'current.new');
  await rm(draft, { force: true });
  await symlink(digest, draft);
  await renameDurably(draft, join(tuned, 'current'));
}

async function isCurrent(directory: string, digest: string): Promise<boolean> {
  const link = join(tunedFolder(directory), 'current');
  const target = await readlink(link).catch(() => undefined); // none yet
  return target === digest && existsSync(join(link, 'tuned.json'));
}
