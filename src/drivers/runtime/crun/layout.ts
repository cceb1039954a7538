import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { badRequest } from '#kernel/errors.ts';

/** Where everything of the driver lies. Nothing else knows a file name. */
export interface HostLayout {
  readonly base: string;
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
  /** The OCI bundle. `config.json` is written last: a bundle that has one is whole. */
  readonly config: string;
  readonly rootfs: string;
  /** Short links to the layers, `0` the lowest. */
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly files: string;
  readonly log: string;
  readonly pid: string;
  readonly conmonPid: string;
  /** A fifo that conmon holds open while it lives. */
  readonly ctl: string;
  readonly exit: string;
  readonly state: string;
}

export const hostLayout = (base: string): HostLayout => ({
  base,
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
  const state = join(host.state, id);
  return {
    dir,
    config: join(dir, 'config.json'),
    rootfs: join(dir, 'rootfs'),
    lower: join(dir, 'lower'),
    upper: join(dir, 'upper'),
    work: join(dir, 'work'),
    files: join(dir, 'files'),
    log: join(dir, 'log'),
    pid: join(dir, 'pid'),
    conmonPid: join(dir, 'conmon.pid'),
    ctl: join(dir, 'ctl'),
    exit: join(host.exits, id),
    state,
  };
}
