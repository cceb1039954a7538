import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { badRequest } from '#kernel/errors.ts';

/** Where everything of the driver lies. Nothing else knows a file name. */
export interface HostLayout {
  readonly base: string;
  /** For what may lie on no disk; null = there is no such place. */
  readonly memory: string | null;
  /** crun's own state, one folder per container. */
  readonly state: string;
  /** conmon writes a file per finished workload here, named by id. */
  readonly exits: string;
  /** The script that conmon calls as the OCI runtime. */
  readonly runtime: string;
}

/** Where everything of one workload lies; all of it in `dir`, except the exit file and crun's state. */
export interface WorkloadLayout {
  readonly dir: string;
  /**
   * The OCI bundle. `config.json` is written last: a bundle that has one is whole. That of a confidential workload is a link into
   * memory, which leads nowhere after the machine's end.
   */
  readonly config: string;
  readonly rootfs: string;
  /** Short links to the layers, `0` the lowest. */
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  /** Where the file system lies mounted that bounds what it writes, and the file that is it; there only where that is bounded. */
  readonly disk: string;
  readonly diskImage: string;
  readonly files: string;
  readonly log: string;
  readonly pid: string;
  readonly conmonPid: string;
  /** A fifo that conmon holds open while it lives. */
  readonly ctl: string;
  /** A fifo on which conmon says how the start went. */
  readonly report: string;
  readonly exit: string;
  /** The folder of crun's state of all such workloads: its `--root`. */
  readonly root: string;
  /** Its own folders in crun's state, wherever there may be one. */
  readonly states: readonly string[];
  /** Where a confidential workload has its configuration; null = this host has no place for such. */
  readonly hidden: string | null;
  /** Where its environment may lie for a moment. */
  readonly scratch: string;
}

export const hostLayout = (base: string, memory: string | null = null): HostLayout => ({
  base,
  memory,
  state: join(base, 'state'),
  exits: join(base, 'exits'),
  runtime: join(base, 'bin', 'runtime'),
});

const workloadsOf = (host: HostLayout): string => join(host.base, 'workloads');

/** Of all workloads that left anything here. */
export function idsIn(host: HostLayout): readonly string[] {
  try {
    return readdirSync(workloadsOf(host));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}

const ID = /^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$/;

/** @throws CloudError `bad-request` for an id that is no plain name: ids become paths. */
export function workloadLayout(host: HostLayout, id: string): WorkloadLayout {
  if (!ID.test(id)) throw badRequest(`${JSON.stringify(id)} cannot be the id of a workload.`);
  const dir = join(workloadsOf(host), id);
  const config = join(dir, 'config.json');
  const hidden = host.memory === null ? null : join(host.memory, 'workloads', id);
  const roots = [host.state, ...(host.memory === null ? [] : [join(host.memory, 'state')])];
  const isHidden = hidden !== null && lstatSync(config, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return {
    dir,
    config,
    rootfs: join(dir, 'rootfs'),
    lower: join(dir, 'lower'),
    upper: join(dir, 'upper'),
    work: join(dir, 'work'),
    disk: join(dir, 'disk'),
    diskImage: join(dir, 'disk.img'),
    files: join(dir, 'files'),
    log: join(dir, 'log'),
    pid: join(dir, 'pid'),
    conmonPid: join(dir, 'conmon.pid'),
    ctl: join(dir, 'ctl'),
    report: join(dir, 'report'),
    exit: join(host.exits, id),
    root: (isHidden ? roots[1] : undefined) ?? host.state,
    states: roots.map((root) => join(root, id)),
    hidden,
    scratch: isHidden ? hidden : dir,
  };
}
