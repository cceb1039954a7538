import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { conflict } from '#kernel/errors.ts';
import type { WorkloadResources } from '../driver.ts';

/** How this machine lays out control groups. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  readonly root: string;
  /** Folders under `root`, one per v1 hierarchy; `['']` for v2. */
  readonly controllers: readonly string[];
  /** The cgroup2 mount of a hybrid layout that owns controllers, which crun refuses; null = nothing in the way. */
  readonly obstacle: string | null;
}

/** @throws when no control groups are mounted. */
export function detectHierarchy(root = '/sys/fs/cgroup'): CgroupHierarchy {
  if (existsSync(join(root, 'cgroup.controllers')))
    return { version: 2, root, controllers: [''], obstacle: null };
  const unified = join(root, 'unified');
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const owned = join(unified, 'cgroup.controllers');
  const hybrid = existsSync(owned) && readFileSync(owned, 'utf8').trim() !== '';
  return {
    version: 1,
    root,
    controllers: folders.map((entry) => entry.name).filter((name) => name !== 'unified'),
    obstacle: hybrid ? unified : null,
  };
}

type Setting = readonly [file: string, value: string];

const MIB = 1024 * 1024;
const CPU_PERIOD = 100_000;

/** The monitors' cgroup, beside the workloads': they outlive a stop of the node's own. */
const MONITORS = 'conmon';
const RETRY_MS = 5;
const RETRIES = 200;

/** The control groups of all workloads, under one parent; both versions behind the same verbs. */
export class Cgroups {
  readonly hierarchy: CgroupHierarchy;
  readonly #parent: string;
  readonly #clock: Clock;

  constructor(hierarchy: CgroupHierarchy, parent: string, clock: Clock) {
    this.hierarchy = hierarchy;
    this.#parent = parent;
    this.#clock = clock;
  }

  /** As in an OCI config: from the root of every hierarchy. */
  path(id: string): string {
    return join('/', this.#parent, id);
  }

  /** A file's text, undefined when the group or the file is not there. The controller picks the v1 hierarchy. */
  read(id: string, controller: string, file: string): Promise<string | undefined> {
    return readFile(join(this.#folder(id, controller), file), 'utf8').catch(() => undefined);
  }

  /** Whether the process is a living member. A number used again by another process is not. */
  async holds(id: string, pid: number): Promise<boolean> {
    const [groups, stat] = await Promise.all([procFile(pid, 'cgroup'), procFile(pid, 'stat')]);
    const state = stat.slice(stat.lastIndexOf(')') + 2)[0];
    const member = groups.split('\n').some((line) => line.endsWith(`:${this.path(id)}`));
    return member && state !== 'Z' && state !== 'X';
  }

  /** Every process in the group and in those that it made itself. */
  async processes(id: string): Promise<readonly number[]> {
    const folders = await tree(this.#folder(id, 'pids'));
    const lists = await Promise.all(
      folders.map((folder) => readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')),
    );
    return lists.flatMap((text) => text.split('\n').filter(Boolean).map(Number));
  }

  async freeze(id: string, frozen: boolean): Promise<void> {
    const [file, value] =
      this.hierarchy.version === 2
        ? ['cgroup.freeze', frozen ? '1' : '0']
        : ['freezer.state', frozen ? 'FROZEN' : 'THAWED'];
    await writeFile(join(this.#folder(id, 'freezer'), file), value, { flag: 'r+' });
  }

  async frozen(id: string): Promise<boolean> {
    const file = this.hierarchy.version === 2 ? 'cgroup.freeze' : 'freezer.state';
    const state = (await this.read(id, 'freezer', file)) ?? '';
    return /^(1|FROZEN|FREEZING)\s*$/.test(state);
  }

  /**
   * Makes the group in every hierarchy that it may be needed in.
   * @returns the files to which a process writes its number to be in it
   */
  async make(id: string): Promise<readonly string[]> {
    const { version, controllers } = this.hierarchy;
    const wanted = version === 2 ? controllers : controllers.filter((name) => !UNUSED.test(name));
    const folders = wanted.map((controller) => this.#folder(id, controller.split(',')[0] ?? controller));
    for (const folder of folders) {
      await mkdir(folder, { recursive: true });
      if (version === 2) await delegate(folder, this.hierarchy.root);
      else if (folder.includes('/cpuset/')) await inheritCpus(folder, this.hierarchy.root);
    }
    return folders.map((folder) => join(folder, 'cgroup.procs'));
  }

  /**
   * Other limits for what runs, from now on.
   * @throws CloudError `conflict` when so much memory is in use that the kernel cannot take it back
   */
  async limit(id: string, { cpu, memory, cpuset }: WorkloadResources): Promise<void> {
    const { version } = this.hierarchy;
    if (memory !== null) await this.#limitMemory(id, Math.floor(memory * MIB));
    if (cpu !== null) {
      const quota = Math.round(cpu * CPU_PERIOD);
      await this.#write(
        id,
        'cpu',
        version === 2 ? ['cpu.max', `${quota} ${CPU_PERIOD}`] : ['cpu.cfs_quota_us', `${quota}`],
      );
    }
    if (cpuset) await this.#write(id, 'cpuset', ['cpuset.cpus', cpuset.cpus.join(',')]);
  }

  /** Version 2 would kill what has more; version 1 says that it is busy. */
  async #limitMemory(id: string, bytes: number): Promise<void> {
    const isTooLittle = (cause?: unknown) => conflict('The container uses more memory than that.', { cause });
    if (this.hierarchy.version === 2) {
      if ((await this.#heldMemory(id)) > bytes) throw isTooLittle();
      return this.#write(id, 'memory', ['memory.max', String(bytes)]);
    }
    // Memory alone may never have more than memory and swap together.
    const names = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'];
    const before = Number(await this.read(id, 'memory', 'memory.limit_in_bytes'));
    for (const name of bytes > before ? names.toReversed() : names)
      await this.#write(id, 'memory', [name, String(bytes)]).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code === 'EBUSY') throw isTooLittle(thrown);
        if (thrown.code !== 'EACCES' && thrown.code !== 'ENOENT') throw thrown; // swap is not counted here
      });
  }

  /** What is no file's, and so stays. */
  async #heldMemory(id: string): Promise<number> {
    const [current, stat] = await Promise.all(
      ['memory.current', 'memory.stat'].map((file) => this.read(id, 'memory', file)),
    );
    return Number(current) - Number(/^file (\d+)$/m.exec(stat ?? '')?.[1] ?? 0);
  }

  #write(id: string, controller: string, [file, value]: Setting): Promise<void> {
    return writeFile(join(this.#folder(id, controller), file), value, { flag: 'r+' });
  }

  async oomKilled(id: string): Promise<boolean> {
    const file = this.hierarchy.version === 2 ? 'memory.events' : 'memory.oom_control';
    return /^oom_kill [1-9]/m.test((await this.read(id, 'memory', file)) ?? '');
  }

  /** Takes a monitor out of the node's group, so that stopping the node's service does not kill it. */
  async adoptMonitor(pid: number): Promise<void> {
    const folder = this.#folder(MONITORS, 'systemd');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'cgroup.procs'), String(pid), { flag: 'r+' }).catch((thrown: unknown) => {
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown; // its work may be done already
    });
  }

  /** Kills all that is in the group, frozen or not. */
  async kill(id: string): Promise<void> {
    for (const pid of await this.processes(id)) sendSignal(pid, 'SIGKILL');
    if (await this.frozen(id)) await this.freeze(id, false);
  }

  /** Takes the emptied group away, in every hierarchy. */
  async remove(id: string): Promise<void> {
    await Promise.all(
      this.hierarchy.controllers.map(async (controller) => {
        for (const folder of await tree(this.#folder(id, controller))) await this.#rmdir(folder);
      }),
    );
  }

  /** v1 has no event for a group that has become empty; the last killed process leaves it a moment later. */
  async #rmdir(folder: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await rmdir(folder);
      } catch (thrown) {
        const { code } = thrown as NodeJS.ErrnoException;
        if (code === 'ENOENT') return;
        if (code !== 'EBUSY' || tries === RETRIES) throw thrown;
      }
      await this.#clock.sleep(RETRY_MS);
    }
  }

  #folder(id: string, controller: string): string {
    const { version, root, controllers } = this.hierarchy;
    // Joint hierarchies carry both names: `cpu,cpuacct`.
    const name = controllers.find((folder) => folder.split(',').includes(controller));
    return join(root, version === 2 ? '' : (name ?? controller), this.path(id));
  }
}

/** Hierarchies in which a workload needs no group of its own. */
const UNUSED = /^(net_cls|net_prio|perf_event|hugetlb|rdma|misc|devices)(,|$)/;

/** A v2 group has the controllers that all above it hand down. */
async function delegate(folder: string, root: string): Promise<void> {
  const above = dirname(folder);
  if (above !== root) await delegate(above, root);
  for (const controller of ['cpu', 'memory', 'pids', 'io', 'cpuset'])
    await writeFile(join(above, 'cgroup.subtree_control'), `+${controller}`, { flag: 'r+' }).catch(() => {}); // it may be missing
}

/** A new v1 cpuset has no cores, and so can hold no process. */
async function inheritCpus(folder: string, root: string): Promise<void> {
  const above = dirname(folder);
  if (above !== root && above.startsWith(root)) await inheritCpus(above, root);
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = await readFile(join(folder, file), 'utf8').catch(() => undefined);
    if (own?.trim() === '')
      await writeFile(join(folder, file), await readFile(join(above, file), 'utf8'), { flag: 'r+' });
  }
}

/** @returns whether it could be sent; a process that has just gone is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals | number): boolean {
  try {
    return process.kill(pid, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw thrown;
  }
}

const procFile = (pid: number, name: string): Promise<string> =>
  readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');

/** A group's folder and all below it, the deepest first. */
async function tree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => tree(join(folder, entry.name))),
  );
  return [...below.flat(), folder];
}
