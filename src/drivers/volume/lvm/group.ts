import { CloudError, conflict, messageOf, unavailable } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import type { VolumeSourceRef } from '../driver.ts';
import { parseReport, REPORT_ARGS, type LvmReport } from './report.ts';

export interface LvmOptions {
  /** The volume group. */
  readonly group: string;
  /** The thin pool in it; default `hydria`. */
  readonly pool?: string;
  /** Where group and pool are made when they are not there: an empty disk or partition. */
  readonly device?: string;
  /** How commands are run; default: on this machine. */
  readonly run?: typeof exec;
}

const MINUTES = 60_000;
/** Exit code of lvs(8) for a group that is not there, among others. */
const NO_GROUP = 5;
/** No new volume when so much of the pool is used: those that are there must go on growing. */
const MAX_DATA = 95;
const MAX_METADATA = 90;
/** Nothing becomes active by itself when the machine starts; only we say `IGNORE_SKIP`. */
const NEW = ['--yes', '--setactivationskip', 'y'];
const IGNORE_SKIP = '--ignoreactivationskip';

/** One thin pool, and the commands on it. Each is atomic by LVM's own metadata, and waits for its lock. */
export class LvmGroup {
  readonly #group: string;
  readonly #pool: string;
  readonly #device: string | undefined;
  readonly #run: typeof exec;

  constructor({ group, pool = 'hydria', device, run = exec }: LvmOptions) {
    this.#group = group;
    this.#pool = pool;
    this.#device = device;
    this.#run = run;
  }

  /** Makes group and pool where they are missing and a device was given. Nothing on a device is ever overwritten. */
  async ensurePool(): Promise<LvmReport> {
    const found = await this.#find();
    if (found) return found;
    await this.#makePool();
    return this.report();
  }

  async #makePool(): Promise<void> {
    const { stdout } = await this.#lvm('vgs', ['--noheadings', '--options', 'vg_name']);
    const groups = stdout.split('\n').map((line) => line.trim());
    if (!groups.includes(this.#group)) {
      if (this.#device === undefined) throw unavailable(`There is no volume group ${this.#group}.`);
      await this.#lvm('vgcreate', [this.#group, this.#device]);
    }
    const shape = ['--type', 'thin-pool', '--name', this.#pool, '--extents', '95%FREE'];
    await this.#lvm('lvcreate', ['--yes', ...shape, '--zero', 'y', '--discards', 'passdown', this.#group]);
    // A write that finds no room fails at once; by default it would hang for a minute.
    await this.#lvm('lvchange', ['--errorwhenfull', 'y', this.#lv(this.#pool)]);
  }

  async report(): Promise<LvmReport> {
    const found = await this.#find();
    if (!found) throw unavailable(`The volume group ${this.#group} has no thin pool ${this.#pool}.`);
    return found;
  }

  async #find(): Promise<LvmReport | undefined> {
    const { stdout } = await this.#lvm('lvs', [...REPORT_ARGS, this.#group], [0, NO_GROUP]);
    return parseReport(stdout, this.#pool);
  }

  path(name: string): string {
    return `/dev/${this.#group}/${name}`;
  }

  /** Zeros. */
  async create(name: string, bytes: number, active: boolean): Promise<void> {
    const what = ['--type', 'thin', '--virtualsize', `${bytes}b`, '--thinpool', this.#pool, '--name', name];
    await this.#make([...what, ...activation(active), '--wipesignatures', 'n', this.#group]);
  }

  /** The other as it is now; what a device or its file system still holds back is written first. */
  async snapshot(name: string, of: string, options: { active: boolean; tag?: string }): Promise<void> {
    const tags = options.tag === undefined ? [] : ['--addtag', options.tag];
    const state = activation(options.active);
    await this.#make(['--type', 'thin', '--name', name, ...state, ...tags, this.#lv(of)]);
  }

  async extend(name: string, bytes: number): Promise<void> {
    await this.#make(['--size', `${bytes}b`, this.#lv(name)], 'lvextend', []);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#lvm('lvrename', [this.#group, from, to]);
  }

  /** Those of them that are there. */
  async remove(...names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const selection = names.map((name) => `lv_name=${name}`).join(' || ');
    await this.#lvm('lvremove', ['--yes', '--select', selection, this.#group]);
  }

  async activate(name: string): Promise<void> {
    await this.#lvm('lvchange', [...activation(true), this.#lv(name)]);
  }

  /** @throws CloudError `conflict`, retryable, while somebody has the device open. */
  async deactivate(name: string): Promise<void> {
    await this.#lvm('lvchange', ['--activate', 'n', this.#lv(name)]).catch((thrown: unknown) => {
      const busy = /in use|is used by/i.test(messageOf(thrown));
      throw busy
        ? conflict(`${this.path(name)} is in use.`, { retryable: true, cause: thrown })
        : (thrown as Error);
    });
  }

  async #make(args: readonly string[], command = 'lvcreate', more = NEW): Promise<void> {
    await this.#lvm(command, [...more, ...args]).catch((thrown: unknown) => {
      const full = /threshold|insufficient|no space/i.test(messageOf(thrown));
      throw full ? tooFull(thrown) : (thrown as Error);
    });
  }

  #lvm(command: string, args: readonly string[], okCodes: readonly number[] = [0]) {
    return this.#run('lvm', [command, ...args], { timeout: 5 * MINUTES, okCodes });
  }

  #lv(name: string): string {
    return `${this.#group}/${name}`;
  }
}

/** @throws CloudError `too-large` before there is so little left that those who write would fail. */
export function refuseFull({ pool }: LvmReport): void {
  if (pool.dataPercent >= MAX_DATA || pool.metadataPercent >= MAX_METADATA) throw tooFull(undefined);
}

const tooFull = (cause: unknown) =>
  new CloudError('too-large', 'The pool of volumes on this node is almost full.', { cause });

export const volumeName = (id: string): string => `volume-${id}`;
/** LVM keeps names that begin with `snapshot` to itself. */
export const snapshotName = (id: string): string => `snap-${id}`;
export const draftName = (id: string): string => `draft-${id}`;
/** A volume's former content, from the moment in which it is replaced until it is removed. */
export const retiredName = (id: string): string => `retired-${id}`;
export const readerName = (id: string): string => `reader-${id}`;

export const nameOf = (source: VolumeSourceRef): string =>
  'volume' in source ? volumeName(source.volume) : snapshotName(source.snapshot);

const activation = (active: boolean): readonly string[] =>
  active ? ['--activate', 'y', IGNORE_SKIP] : ['--activate', 'n'];
