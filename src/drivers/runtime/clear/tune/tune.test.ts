import { access, mkdir, mkdtemp, readFile, readlink, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runSteps, type Progress } from '../../../../deploy/host/steps.ts';
import { listWithSources, stanzasWithSources } from './apt.ts';
import type { TunedCheck } from './check.ts';
import { recipeDigest, unmetOptions, type Recipe } from './recipe.ts';
import { tuningSteps } from './tune.ts';
import { Workshop } from './workshop.ts';

const RECIPE: Recipe = {
  kernelVersion: '6.1.1-1',
  qemuVersion: '7.2-1',
  firmwareVersion: '7.2-1',
  compiler: '12.2.0',
  kernelConfig: 'CONFIG_PVH=y\n',
  devices: 'CONFIG_MICROVM=y\n',
};
const SILENT: Progress = { begin: () => {}, end: () => {}, fail: () => {} };

let directory: string;
let ran: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-tune-'));
  ran = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Fake {
  readonly recipe?: Recipe;
  /** The stage, or `check`, that is cut off; before its work is done, or when only its stamp is missing. */
  readonly cut?: string;
  readonly late?: boolean;
}

const KEYS = ['kernel-source', 'kernel', 'qemu', 'assemble'];

/** A run whose stages write one file each; `assemble` makes the result of them. */
async function tune({ recipe = RECIPE, cut, late = false }: Fake = {}): Promise<readonly string[]> {
  const work = join(directory, 'tune/work');
  await mkdir(work, { recursive: true });
  const act = async (key: string, make: () => Promise<void>) => {
    ran.push(key);
    if (key === cut && !late) throw new Error('cut off');
    await make();
    if (key === cut) throw new Error('cut off');
  };
  const stages = KEYS.map((key) => ({
    key,
    name: key,
    inputs: key === 'qemu' ? [recipe.devices] : [],
    mend: 'again',
    run: () => act(key, () => (key === 'assemble' ? assemble(work) : writeFile(join(work, key), key))),
  }));
  const check: TunedCheck = async (parts) => {
    await act('check', () => access(parts.vmlinux));
    return { milliseconds: 300 };
  };
  const { signal } = new AbortController();
  return runSteps(await tuningSteps({ directory, recipe, stages, check, signal }), SILENT);
}

async function assemble(work: string): Promise<void> {
  for (const key of KEYS.slice(0, -1)) await access(join(work, key));
  await rm(join(work, 'result'), { recursive: true, force: true });
  await mkdir(join(work, 'result'));
  await writeFile(join(work, 'result/vmlinux'), 'kernel');
  await writeFile(join(work, 'result/qemu-system-x86_64'), 'qemu');
}

const current = () => readlink(join(directory, 'tuned/current'));

async function expectFinished(recipe = RECIPE): Promise<void> {
  expect(await current()).toBe(recipeDigest(recipe));
  const facts: unknown = JSON.parse(await readFile(join(directory, 'tuned/current/tuned.json'), 'utf8'));
  expect(facts).toMatchObject({ digest: recipeDigest(recipe), kernel: '6.1.1-1', milliseconds: 300 });
  await expect(access(join(directory, 'tune/work'))).rejects.toThrow('ENOENT');
}

it('builds, checks, switches over and clears away', async () => {
  await tune();
  expect(ran).toEqual([...KEYS, 'check']);
  await expectFinished();
});

it('does nothing where the result is in use already', async () => {
  await tune();
  ran = [];
  await tune();
  expect(ran).toEqual([]);
  await expectFinished();
});

it.each(
  [...KEYS, 'check'].flatMap((key) => [
    { key, late: false },
    { key, late: true },
  ]),
)('goes on at $key when it was cut off there (its work done: $late)', async ({ key, late }) => {
  await expect(tune({ cut: key, late })).rejects.toThrow('cut off');
  await expect(current()).rejects.toThrow('ENOENT');
  ran = [];
  await tune();
  const all = [...KEYS, 'check'];
  expect(ran).toEqual(all.slice(all.indexOf(key)));
  await expectFinished();
});

it('switches over when it was cut off between the result and the link', async () => {
  await tune();
  await rm(join(directory, 'tuned/current'));
  const work = join(directory, 'tune/work');
  await mkdir(work, { recursive: true });
  const { signal } = new AbortController();
  const check: TunedCheck = async () => ({ milliseconds: 1 });
  const steps = await tuningSteps({ directory, recipe: RECIPE, stages: [], check, signal });
  await steps.find(({ name }) => name === 'switch over to them')?.run();
  expect(await current()).toBe(recipeDigest(RECIPE));
});

it('builds again what a changed input reaches, and leaves the old result where it is', async () => {
  await tune();
  const changed = { ...RECIPE, devices: 'CONFIG_MICROVM=y\nCONFIG_VIRTIO_BLK=y\n' };
  await expect(tune({ recipe: changed, cut: 'check' })).rejects.toThrow('cut off');
  expect(await current()).toBe(recipeDigest(RECIPE));
  ran = [];
  const again = { ...changed, devices: 'CONFIG_MICROVM=y\n# other\n' };
  await tune({ recipe: again });
  expect(ran).toEqual(['qemu', 'assemble', 'check']);
  await expectFinished(again);
  await access(join(directory, 'tuned', recipeDigest(RECIPE), 'vmlinux'));
});

it('keeps what is in use when the check fails', async () => {
  await tune();
  await expect(tune({ recipe: { ...RECIPE, compiler: '13' }, cut: 'check' })).rejects.toThrow(
    'what was in use stays',
  );
  expect(await current()).toBe(recipeDigest(RECIPE));
});

it('ends the command at work when it is stopped, and starts no other', async () => {
  const stop = new AbortController();
  const workshop = new Workshop({ log: join(directory, 'log'), signal: stop.signal });
  const changes = watch(directory);
  const sleeping = workshop.run('sh', ['-c', 'touch started; exec sleep 600'], { cwd: directory });
  for await (const { filename } of changes) if (filename === 'started') break;
  stop.abort();
  await expect(sleeping).rejects.toThrow('It was stopped');
  await expect(workshop.run('true', [])).rejects.toThrow('It was stopped');
});

it('keeps what commands print, and says where when one fails', async () => {
  const log = join(directory, 'log');
  const workshop = new Workshop({ log, signal: new AbortController().signal });
  await workshop.run('sh', ['-c', 'echo $WORD'], { env: { WORD: 'printed' } });
  await expect(workshop.run('false', [])).rejects.toThrow(`the end of ${log} says why`);
  expect(await readFile(log, 'utf8')).toContain('\nprinted\n');
});

it('names the options that a kernel does not have', () => {
  const fragment = '# Why.\nCONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\n# CONFIG_D is not set\n';
  expect(unmetOptions(fragment, '#\nCONFIG_A=y\nCONFIG_C=y\n')).toEqual([
    'CONFIG_B=y',
    '# CONFIG_C is not set',
  ]);
});

it("asks for sources where the machine has Debian's packages, and nowhere else", () => {
  const list =
    '# deb http://a/debian x main\ndeb [signed-by=/k] http://a/debian stable main\ndeb http://b/other y main\n';
  expect(listWithSources(list)).toBe(
    'deb [signed-by=/k] http://a/debian stable main\ndeb-src [signed-by=/k] http://a/debian stable main\n',
  );
  const stanza = (uri: string) => `Types: deb\n# why\nURIs: ${uri}\nSuites: stable\nComponents: main\n`;
  expect(stanzasWithSources(`${stanza('http://a/debian-security')}\n${stanza('http://b/other')}`)).toBe(
    'Types: deb deb-src\nURIs: http://a/debian-security\nSuites: stable\nComponents: main\n',
  );
});
