import { randomUUID } from 'node:crypto';
import { conflict, messageOf, notFound } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { Serial } from '#kernel/serial.ts';
import { checkBytes, checkFits, checkId, checkSource } from '../check.ts';
import type {
  AttachMode,
  OpenVolume,
  VolumeCapacity,
  VolumeDriver,
  VolumeInventory,
  VolumeProbe,
  VolumeSourceRef,
} from '../driver.ts';
import { goOn, type Step } from '../step.ts';
import {
  draftName,
  LvmGroup,
  nameOf,
  readerName,
  refuseFull,
  retiredName,
  snapshotName,
  volumeName,
  type LvmOptions,
} from './group.ts';
import type { Logical, LvmReport } from './report.ts';

export interface LvmVolumeDeps extends LvmOptions {
  readonly step?: Step;
}

const OF_VOLUME = 'volume=';

/**
 * Volumes in a thin pool of LVM. A volume that is active is attached; drafts and readers are active while they are needed.
 * Reading is reading a snapshot, so that it is in nobody's way.
 */
export class LvmVolumeDriver implements VolumeDriver {
  readonly name = 'lvm';
  readonly #group: LvmGroup;
  readonly #step: Step;
  readonly #run: typeof exec;
  /** One verb at a time for each volume or snapshot. */
  readonly #serial = new Serial();

  constructor({ step = goOn, ...options }: LvmVolumeDeps) {
    this.#group = new LvmGroup(options);
    this.#step = step;
    this.#run = options.run ?? exec;
  }

  async probe(): Promise<VolumeProbe> {
    try {
      await this.#run('dmsetup', ['version']);
      await this.#run('thin_check', ['--version']);
      await this.#group.ensurePool();
      return { usable: true };
    } catch (thrown) {
      const needs =
        'It takes root, device-mapper in the kernel, and the packages lvm2 and thin-provisioning-tools.';
      return { usable: false, reason: `LVM cannot be used: ${messageOf(thrown)} ${needs}` };
    }
  }

  async recover(): Promise<void> {
    const { volumes } = await this.#group.ensurePool();
    const names = volumes.map(({ name }) => name);
    const readers = names.filter((name) => name.startsWith(readerName('')));
    await this.#group.remove(...readers);
    for (const name of names)
      if (name.startsWith(retiredName(''))) await this.#settle(name.slice(retiredName('').length), names);
  }

  async capacity(): Promise<VolumeCapacity> {
    const { pool } = await this.#group.report();
    const free = Math.floor(pool.bytes * (1 - pool.dataPercent / 100));
    return { total: pool.bytes, free, thin: true };
  }

  async list(): Promise<VolumeInventory> {
    const { volumes } = await this.#group.report();
    const named = (prefix: string) =>
      volumes
        .filter(({ name }) => name.startsWith(prefix))
        .map((volume) => ({ ...volume, id: volume.name.slice(prefix.length) }));
    return {
      volumes: named(volumeName('')).map(({ id, bytes, name, active }) => ({
        id,
        bytes,
        device: active ? this.#group.path(name) : null,
      })),
      snapshots: named(snapshotName('')).map(({ id, bytes, tags }) => ({
        id,
        bytes,
        volumeId: tags.find((tag) => tag.startsWith(OF_VOLUME))?.slice(OF_VOLUME.length) ?? '',
      })),
      drafts: named(draftName('')).map(({ id }) => id),
    };
  }

  async draft(id: string, bytes: number): Promise<{ readonly path: string }> {
    checkId(id);
    checkBytes(bytes);
    return this.#serial.run(id, async () => {
      await this.#removeOld(id, await this.#group.report());
      await this.#group.create(draftName(id), bytes, true);
      await this.#step('draft created');
      return { path: this.#group.path(draftName(id)) };
    });
  }

  async commitDraft(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(id, async () => {
      const report = await this.#group.report();
      const [draft, volume] = [find(report, draftName(id)), find(report, volumeName(id))];
      if (!draft && volume) return; // done before
      if (!draft) throw notFound(`There is no draft of volume ${id}.`);
      if (volume) refuseActive(volume, id);
      if (draft.active) await this.#group.deactivate(draft.name); // writes what is still held back
      await this.#step('draft on disk');
      if (volume) await this.#group.rename(volume.name, retiredName(id));
      await this.#step('volume retired');
      await this.#group.rename(draft.name, volumeName(id));
      await this.#step('draft renamed');
      if (volume) await this.#group.remove(retiredName(id));
      await this.#step('retired volume removed');
    });
  }

  async discardDraft(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(id, () => this.#remove(draftName(id)));
  }

  async ensureVolume(id: string, bytes: number): Promise<void> {
    checkId(id);
    checkBytes(bytes);
    await this.#serial.run(id, async () => {
      const report = await this.#group.report();
      const volume = find(report, volumeName(id));
      if (!volume) {
        refuseFull(report);
        await this.#group.create(volumeName(id), bytes, false);
      } else if (volume.bytes < bytes) await this.#group.extend(volume.name, bytes);
      await this.#step('volume made or grown');
    });
  }

  async cloneToDraft(id: string, bytes: number, source: VolumeSourceRef): Promise<{ readonly path: string }> {
    checkId(id);
    checkBytes(bytes);
    checkSource(source);
    return this.#serial.run(id, async () => {
      const report = await this.#group.report();
      const from = get(report, source);
      checkFits(from.bytes, Math.ceil(bytes / report.extent) * report.extent);
      await this.#removeOld(id, report);
      await this.#group.snapshot(draftName(id), from.name, { active: true });
      await this.#step('clone made');
      if (from.bytes < bytes) await this.#group.extend(draftName(id), bytes);
      await this.#step('clone grown');
      return { path: this.#group.path(draftName(id)) };
    });
  }

  async removeVolume(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(id, async () => {
      const volume = find(await this.#group.report(), volumeName(id));
      if (volume) {
        refuseActive(volume, id);
        await this.#group.remove(volume.name);
      }
      await this.#step('removed');
    });
  }

  async ensureSnapshot(id: string, volumeId: string): Promise<void> {
    checkId(id);
    checkId(volumeId);
    await this.#serial.run(id, async () => {
      const report = await this.#group.report();
      if (find(report, snapshotName(id))) return;
      const { name } = get(report, { volume: volumeId });
      refuseFull(report);
      await this.#group.snapshot(snapshotName(id), name, { active: false, tag: OF_VOLUME + volumeId });
      await this.#step('snapshot made');
    });
  }

  async removeSnapshot(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(id, () => this.#remove(snapshotName(id)));
  }

  async attach(volumeId: string, mode: AttachMode): Promise<{ readonly path: string }> {
    checkId(volumeId);
    return this.#serial.run(volumeId, async () => {
      const { name, active } = get(await this.#group.report(), { volume: volumeId });
      if (!active) await this.#group.activate(name);
      await this.#step('volume activated');
      const path = this.#group.path(name);
      await this.#run('blockdev', [mode === 'ro' ? '--setro' : '--setrw', path]);
      await this.#step('mode set');
      return { path };
    });
  }

  async detach(volumeId: string): Promise<void> {
    checkId(volumeId);
    await this.#serial.run(volumeId, async () => {
      const volume = find(await this.#group.report(), volumeName(volumeId));
      if (volume?.active) await this.#group.deactivate(volume.name);
      await this.#step('volume deactivated');
    });
  }

  async open(source: VolumeSourceRef): Promise<OpenVolume> {
    checkSource(source);
    const { name, bytes } = get(await this.#group.report(), source);
    const reader = readerName(randomUUID());
    await this.#group.snapshot(reader, name, { active: true });
    await this.#step('reader made');
    return { path: this.#group.path(reader), bytes, close: () => this.#remove(reader) };
  }

  /** Finishes the exchange of a volume's content, or takes it back when the new one did not come into its place. */
  async #settle(id: string, names: readonly string[]): Promise<void> {
    if (names.includes(volumeName(id))) await this.#group.remove(retiredName(id));
    else await this.#group.rename(retiredName(id), volumeName(id));
  }

  async #removeOld(id: string, report: LvmReport): Promise<void> {
    if (find(report, draftName(id))) await this.#group.remove(draftName(id));
    await this.#step('old draft removed');
    refuseFull(report);
  }

  async #remove(name: string): Promise<void> {
    await this.#group.remove(name);
    await this.#step('removed');
  }
}

const find = ({ volumes }: LvmReport, name: string): Logical | undefined =>
  volumes.find((volume) => volume.name === name);

function get(report: LvmReport, source: VolumeSourceRef): Logical {
  const found = find(report, nameOf(source));
  if (!found) throw notFound(`There is no ${Object.entries(source).flat().join(' ')}.`);
  return found;
}

function refuseActive({ active }: Logical, id: string): void {
  if (active) throw conflict(`Volume ${id} is attached.`);
}
