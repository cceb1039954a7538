import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, basename, join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { exec, start } from '#kernel/exec.ts';
import { once } from 'node:events';
import { Cgroups, detectHierarchy, sendSignal } from '../../conmon/cgroup.ts';
import { signalNumber } from '../../signals.ts';
import { ask, runOrder } from '../agent/client.ts';
import { encodeRecords } from '../agent/records.ts';
import { findParts } from '../machine/parts.ts';
import { machinePlan, prepareJail } from '../machine/plan.ts';
import { shapeFor } from '../machine/shape.ts';
import { Templates } from '../machine/templates.ts';
import { takeInterfaces } from '../network.ts';
import { LowerImages } from '../root/lower.ts';
import { rootDisks } from '../root/disks.ts';
import { compiledFilter } from '../seccomp.ts';
import {
  ociProcessRecords,
  ociRecords,
  overlayParts,
  readOciConfig,
  readOciProcess,
  type OciConfig,
  type OciHook,
} from './bundle.ts';

/** Where this runtime keeps what it knows, and what it shares with the node's own. */
export interface OciPlace {
  /** Of the node's clear runtime: images, parts. */
  readonly base: string;
  /** On a file system in memory: templates, and a folder per container. */
  readonly memory: string;
}

export interface OciCreate {
  readonly id: string;
  readonly bundle: string;
  readonly pidFile: string | undefined;
  readonly consoleSocket: string | undefined;
}

export interface OciExec {
  readonly id: string;
  /** A file with an `OciProcess`. */
  readonly process: string;
  readonly pidFile: string | undefined;
  readonly consoleSocket: string | undefined;
}

interface Kept {
  readonly pid: number;
  readonly bundle: string;
  readonly netns: string;
  readonly status: 'created' | 'running' | 'paused';
}

const SEED_BYTES = 64;
/** As `agent/exec.c` calls itself. */
const COMMAND = 'clear-exec';
const COMMAND_POLL_MS = 5;
const COMMAND_TRIES = 200;
const MIB = 2 ** 20;
const EMULATOR_MEMORY = 160;

/** The verbs of an OCI runtime over machines, for Docker's `--runtime`. OCI runtime-spec, runtime.md. */
export class OciRuntime {
  readonly #place: OciPlace;

  constructor(place: OciPlace) {
    this.#place = place;
  }

  async create({ id, bundle, pidFile, consoleSocket }: OciCreate): Promise<void> {
    const config = await readOciConfig(bundle);
    const folder = this.#folder(id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const netns = await this.#network(id, config);
    await this.#plan({ id, folder, netns }, config, bundle);
    const pidOf = join(folder, 'pid');
    const args = ['create', '--bundle', folder, '--pid-file', pidOf];
    const console = consoleSocket === undefined ? [] : ['--console-socket', consoleSocket];
    const { agent } = await findParts(join(this.#place.base, 'parts'));
    const child = start(agent, [...args, ...console, id], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw badRequest('The machine could not be made.');
    const pid = Number(await readFile(pidOf, 'utf8'));
    await this.#keep(id, { pid, bundle, netns, status: 'created' });
    if (pidFile !== undefined) await writeFile(pidFile, String(pid));
  }

  /** What cannot be started goes at once: containerd does not always delete what never ran. */
  async start(id: string): Promise<void> {
    const kept = await this.#kept(id);
    await runOrder(this.#socket(id)).catch(async (thrown: unknown) => {
      await this.delete(id);
      throw thrown;
    });
    await this.#keep(id, { ...kept, status: 'running' });
  }

  /** As containerd calls it: its process on the host lives as long as the command, in the care of whoever called us. */
  async exec({ id, process, pidFile, consoleSocket }: OciExec): Promise<void> {
    const { bundle } = await this.#kept(id);
    const [config, program] = await Promise.all([readOciConfig(bundle), readOciProcess(process)]);
    const parts = join(this.#place.base, 'parts');
    const filter = config.linux?.seccomp === undefined ? null : await compiledFilter(parts);
    const { agent } = await findParts(parts);
    const folder = await mkdtemp(join(this.#folder(id), 'exec-'));
    try {
      const [order, failure] = [join(folder, 'order'), join(folder, 'failure')];
      await writeFile(order, encodeRecords(ociProcessRecords(program, filter)), { mode: 0o600 });
      const args = ['exec', '--socket', this.#socket(id), '--order', order, '--failure', failure];
      const pid = pidFile === undefined ? [] : ['--pid-file', pidFile];
      const console = consoleSocket === undefined ? [] : ['--console-socket', consoleSocket];
      const child = start(agent, [...args, ...pid, ...console], { stdio: 'inherit' });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0)
        throw badRequest(await readFile(failure, 'utf8').catch(() => 'The command could not be started.'));
      if (pidFile !== undefined) await this.#keepCommand(id, Number(await readFile(pidFile, 'utf8')));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** All of the workload stands still; its machine does not, and can still be asked. */
  async freeze(id: string, frozen: boolean): Promise<void> {
    const kept = await this.#kept(id);
    await ask(this.#socket(id), frozen ? 'freeze' : 'thaw');
    await this.#keep(id, { ...kept, status: frozen ? 'paused' : 'running' });
  }

  /** On the host there is the machine alone. */
  async processes(id: string): Promise<readonly number[]> {
    const { pid } = await this.#kept(id);
    return sendSignal(pid, 0) ? [pid] : [];
  }

  async state(id: string) {
    const { pid, bundle, status } = await this.#kept(id);
    const alive = sendSignal(pid, 0);
    return { ociVersion: '1.0.2', id, pid: alive ? pid : 0, status: alive ? status : 'stopped', bundle };
  }

  async kill(id: string, signal: string): Promise<void> {
    const { pid } = await this.#kept(id);
    // Whoever follows a command hears of its end only before that of its container.
    const number = /^\d+$/.test(signal)
      ? Number(signal)
      : signalNumber(signal.startsWith('SIG') ? signal : `SIG${signal}`);
    if (number === constants.signals.SIGKILL) await this.#killCommands(id);
    if (!sendSignal(pid, number)) throw notFound(`container ${id} is not running`);
  }

  /** Twice is as good as once. */
  async delete(id: string): Promise<void> {
    const kept = await this.#kept(id).catch(() => undefined);
    if (kept) sendSignal(kept.pid, 'SIGKILL');
    if (kept?.netns === this.#netns(id))
      await exec('ip', ['netns', 'delete', nameOf(id)], { okCodes: [0, 1] });
    const config = kept && (await readOciConfig(kept.bundle).catch(() => undefined));
    const cgroup = config?.linux?.cgroupsPath;
    if (cgroup) await cgroupsOf(cgroup).remove(basename(cgroup));
    await rm(this.#folder(id), { recursive: true, force: true });
  }

  /** A namespace that was named, or one of its own, which hooks such as Docker's fill by the number of a process in it. */
  async #network(id: string, config: OciConfig): Promise<string> {
    const named = config.linux?.namespaces?.find(({ type }) => type === 'network')?.path;
    if (named) return named;
    await exec('ip', ['netns', 'add', nameOf(id)]);
    const hooks = [...(config.hooks?.prestart ?? []), ...(config.hooks?.createRuntime ?? [])];
    if (hooks.length > 0) await this.#runHooks(id, hooks);
    return this.#netns(id);
  }

  async #runHooks(id: string, hooks: readonly OciHook[]): Promise<void> {
    const inside = start('nsenter', [`--net=${this.#netns(id)}`, 'sleep', '60'], { stdio: 'ignore' });
    await once(inside, 'spawn');
    try {
      const state = JSON.stringify({
        ociVersion: '1.0.2',
        id,
        pid: inside.pid,
        status: 'creating',
        bundle: this.#folder(id),
      });
      // nsenter is in the namespace once it has become the program.
      while ((await readFile(`/proc/${inside.pid}/comm`, 'utf8')).trim() !== 'sleep')
        await systemClock.sleep(5);
      for (const { path, args = [], env = [] } of hooks)
        await exec(path, args.slice(1), {
          input: state,
          env: Object.fromEntries(env.map((one) => one.split(/=(.*)/s).slice(0, 2))),
        });
    } finally {
      inside.kill('SIGKILL');
    }
  }

  async #plan(
    { id, folder, netns }: { readonly id: string; readonly folder: string; readonly netns: string },
    config: OciConfig,
    bundle: string,
  ): Promise<void> {
    const { base, memory } = this.#place;
    const parts = await findParts(join(base, 'parts'));
    const { layers, folder: own } = await overlayParts(config.root.path, bundle);
    const upper = join(own, 'machine-upper.img');
    const network = await takeInterfaces(netns);
    const limit = config.linux?.resources?.memory?.limit ?? 0;
    const { quota = 0, period = 100_000 } = config.linux?.resources?.cpu ?? {};
    const wish = { memory: limit > 0 ? limit / MIB : null, cpu: quota > 0 ? quota / period : null };
    const shape = shapeFor(wish, { disks: 0, interfaces: network.taps.length });
    const filter = config.linux?.seccomp === undefined ? null : await compiledFilter(join(base, 'parts'));
    const [image, template, groups] = await Promise.all([
      new LowerImages(join(base, 'images')).ensure(layers),
      new Templates(join(memory, 'templates')).find(parts, shape),
      groupsFor(config, { ...wish, memory: shape.memory + EMULATOR_MEMORY }),
      prepareJail(join(base, 'jail'), parts),
    ]);
    const root = await rootDisks(template, { image, upper, spare: join(folder, 'spare.img') });
    const order = [
      ...(await ociRecords(config, filter)),
      ['seed', randomBytes(SEED_BYTES)] as const,
      ...network.records,
      ...root.records,
    ];
    await writeFile(join(folder, 'order'), encodeRecords(order), { mode: 0o600 });
    const plan = machinePlan({
      parts,
      shape,
      template,
      disks: root.disks,
      spareDisk: upper,
      netns,
      taps: network.taps,
      jail: join(base, 'jail'),
      groups,
      socket: this.#socket(id),
      order: join(folder, 'order'),
      terminal: config.process.terminal ?? false,
      input: true,
      hold: true,
    });
    await writeFile(join(folder, 'machine'), encodeRecords(plan), { mode: 0o600 });
  }

  async #keepCommand(id: string, pid: number): Promise<void> {
    await mkdir(this.#commands(id), { recursive: true });
    await writeFile(join(this.#commands(id), String(pid)), '');
  }

  /** Waits until whoever called us has taken note of their ends. Their numbers may be others' by now. */
  async #killCommands(id: string): Promise<void> {
    const pids = (await readdir(this.#commands(id)).catch(() => [])).map(Number);
    const isCommand = (pid: number) =>
      readFile(`/proc/${pid}/comm`, 'utf8').then(
        (name) => name.trim() === COMMAND,
        () => false,
      );
    for (const pid of pids) {
      if (!(await isCommand(pid))) continue;
      sendSignal(pid, 'SIGKILL');
      for (let tries = 0; tries < COMMAND_TRIES && (await isCommand(pid)); tries++)
        await systemClock.sleep(COMMAND_POLL_MS);
    }
  }

  #commands(id: string): string {
    return join(this.#folder(id), 'commands');
  }

  async #kept(id: string): Promise<Kept> {
    const text = await readFile(join(this.#folder(id), 'state.json'), 'utf8').catch(() => undefined);
    if (text === undefined) throw notFound(`container ${id} does not exist`);
    return JSON.parse(text) as Kept;
  }

  #keep(id: string, kept: Kept): Promise<void> {
    return writeFile(join(this.#folder(id), 'state.json'), JSON.stringify(kept));
  }

  /** Short: the socket in it must have a short path. */
  #folder(id: string): string {
    return join(this.#place.memory, 'oci', id.slice(0, 16));
  }

  #socket(id: string): string {
    return join(this.#folder(id), 'sock');
  }

  #netns(id: string): string {
    return `/run/netns/${nameOf(id)}`;
  }
}

const nameOf = (id: string): string => `hydria-clear-${id.slice(0, 12)}`;

const cgroupsOf = (path: string): Cgroups =>
  new Cgroups(detectHierarchy(), dirname(join('/', path)), systemClock);

async function groupsFor(
  { linux }: OciConfig,
  limits: { readonly cpu: number | null; readonly memory: number },
): Promise<readonly string[]> {
  const path = linux?.cgroupsPath;
  if (!path || path.includes(':')) return []; // systemd's own names: the caller's groups hold it
  const cgroups = cgroupsOf(path);
  const groups = await cgroups.make(basename(path));
  await cgroups.limit(basename(path), { ...limits, pids: 0 });
  return groups;
}
