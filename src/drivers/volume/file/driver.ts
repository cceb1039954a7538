import { access, constants, open, rm, stat, statfs, truncate } from 'node:fs/promises';
import { asDiskFull, renameDurably, syncPath } from '#kernel/durable.ts';
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
import { quietCopy, reflink } from './copy.ts';
import { Layout, partOf } from './layout.ts';
import { loopDevices, type FileDevice, type FileDevices } from './loop-devices.ts';

export interface FileVolumeOptions {
  /** A folder of the driver's own. On XFS or Btrfs, clones and snapshots take no time and no space. */
  readonly directory: string;
}

export interface FileVolumeDeps extends FileVolumeOptions {
  readonly devices?: FileDevices;
  readonly step?: Step;
}

const FULL = 'There is no space left for volumes on this node.';

/** Volumes as sparse files, which loop devices make block devices. The file system is the only memory. */
export class FileVolumeDriver implements VolumeDriver {
  readonly name = 'file';
  readonly #layout: Layout;
  readonly #devices: FileDevices;
  readonly #step: Step;
  /** One verb at a time for each volume or snapshot. */
  readonly #serial = new Serial();

  constructor({ directory, devices = loopDevices, step = goOn }: FileVolumeDeps) {
    this.#layout = new Layout(directory);
    this.#devices = devices;
    this.#step = step;
  }

  async probe(): Promise<VolumeProbe> {
    try {
      await this.#devices.list();
      await exec('cp', ['--version']);
      await access('/dev/loop-control', constants.W_OK);
      return { usable: true };
    } catch (thrown) {
      const reason = `Loop devices cannot be made: ${messageOf(thrown)}. It takes root, util-linux and the kernel module loop.`;
      return { usable: false, reason };
    }
  }

  async recover(): Promise<void> {
    await this.#layout.recover();
  }

  async capacity(): Promise<VolumeCapacity> {
    const { bsize, blocks, bavail } = await statfs(this.#layout.root);
    return { total: bsize * blocks, free: bsize * bavail, thin: true };
  }

  async list(): Promise<VolumeInventory> {
    const layout = this.#layout;
    const devices = await this.#devices.list();
    const [volumes, snapshots, drafts] = await Promise.all([
      layout.ids('volumes'),
      layout.snapshots(),
      layout.ids('drafts'),
    ]);
    const sized = async <T>(item: T, path: string) => {
      const bytes = await sizeOf(path);
      return bytes === undefined ? [] : [{ ...item, bytes }]; // removed since
    };
    const device = (id: string) => devices.get(layout.volume(id))?.path ?? null;
    return {
      volumes: (
        await Promise.all(volumes.map((id) => sized({ id, device: device(id) }, layout.volume(id))))
      ).flat(),
      snapshots: (
        await Promise.all(snapshots.map((one) => sized(one, layout.snapshot(one.id, one.volumeId))))
      ).flat(),
      drafts,
    };
  }

  async draft(id: string, bytes: number): Promise<{ readonly path: string }> {
    checkId(id);
    checkBytes(bytes);
    const path = this.#layout.draft(id);
    await this.#serial.run(id, async () => {
      await rm(path, { force: true });
      await this.#step('old draft removed');
      await this.#make(path, (part) => makeZeros(part, bytes));
    });
    return { path };
  }

  async commitDraft(id: string): Promise<void> {
    checkId(id);
    const [draft, volume] = [this.#layout.draft(id), this.#layout.volume(id)];
    await this.#serial.run(id, async () => {
      if ((await sizeOf(draft)) === undefined) {
        if ((await sizeOf(volume)) !== undefined) return; // done before
        throw notFound(`There is no draft of volume ${id}.`);
      }
      await this.#refuseAttached(id);
      await this.#sparingDisk(() => syncPath(draft));
      await this.#step('draft on disk');
      await renameDurably(draft, volume);
      await this.#step('draft renamed');
    });
  }

  async discardDraft(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(id, () => this.#removeFile(this.#layout.draft(id)));
  }

  async ensureVolume(id: string, bytes: number): Promise<void> {
    checkId(id);
    checkBytes(bytes);
    const path = this.#layout.volume(id);
    await this.#serial.run(id, async () => {
      const size = await sizeOf(path);
      if (size === undefined) return this.#make(path, (part) => makeZeros(part, bytes));
      if (size < bytes) await this.#sparingDisk(() => grow(path, bytes));
      await this.#step('file grown');
      const device = await this.#device(id);
      if (device) await this.#devices.resize(device.path);
    });
  }

  async cloneToDraft(id: string, bytes: number, source: VolumeSourceRef): Promise<{ readonly path: string }> {
    checkId(id);
    checkBytes(bytes);
    checkSource(source);
    const path = this.#layout.draft(id);
    await this.#serial.run(id, async () => {
      const from = await this.#source(source);
      checkFits(from.bytes, bytes);
      await rm(path, { force: true });
      await this.#step('old draft removed');
      await this.#make(path, async (part) => {
        await this.#copy(from, part);
        await truncate(part, bytes);
      });
    });
    return { path };
  }

  async removeVolume(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(id, async () => {
      await this.#refuseAttached(id);
      await this.#removeFile(this.#layout.volume(id));
    });
  }

  async ensureSnapshot(id: string, volumeId: string): Promise<void> {
    checkId(id);
    checkId(volumeId);
    await this.#serial.run(id, async () => {
      if (await this.#layout.findSnapshot(id)) return;
      const from = await this.#source({ volume: volumeId });
      await this.#make(this.#layout.snapshot(id, volumeId), (part) => this.#copy(from, part));
    });
  }

  async removeSnapshot(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(id, async () => {
      const path = await this.#layout.findSnapshot(id);
      if (path) await this.#removeFile(path);
    });
  }

  async attach(volumeId: string, mode: AttachMode): Promise<{ readonly path: string }> {
    checkId(volumeId);
    return this.#serial.run(volumeId, async () => {
      const file = this.#layout.volume(volumeId);
      if ((await sizeOf(file)) === undefined) throw notFound(`There is no volume ${volumeId}.`);
      const found = await this.#device(volumeId);
      if (found?.leaving)
        throw conflict(`${found.path} is about to be detached, but still in use.`, { retryable: true });
      const path = found?.path ?? (await this.#devices.attach(file));
      await this.#step('device made');
      await this.#devices.setMode(path, mode);
      await this.#step('mode set');
      return { path };
    });
  }

  async detach(volumeId: string): Promise<void> {
    checkId(volumeId);
    await this.#serial.run(volumeId, async () => {
      const device = await this.#device(volumeId);
      if (device) await this.#devices.detach(device.path);
      await this.#step('device detached');
    });
  }

  async open(source: VolumeSourceRef): Promise<OpenVolume> {
    checkSource(source);
    const { path, bytes, device } = await this.#source(source);
    if (device) await this.#devices.flush(device.path);
    return { path, bytes, close: async () => {} };
  }

  /** A file that is there whole or not at all; nothing is left when it cannot be made. */
  async #make(path: string, fill: (part: string) => Promise<void>): Promise<void> {
    const part = partOf(path);
    try {
      await fill(part);
      await this.#step('part filled');
      await syncPath(part);
      await renameDurably(part, path);
    } catch (thrown) {
      await rm(part, { force: true });
      throw asDiskFull(thrown, FULL);
    }
    await this.#step('part renamed');
  }

  /** As it is at one moment, by whichever way the file system has. */
  async #copy({ path, device }: SourceFile, part: string): Promise<void> {
    if (device) await this.#devices.flush(device.path);
    if (await reflink(path, part)) return;
    await this.#serial.run(path, () => quietCopy(path, part));
  }

  async #source(source: VolumeSourceRef): Promise<SourceFile> {
    const path = await this.#layout.find(source);
    const bytes = path === undefined ? undefined : await sizeOf(path);
    if (path === undefined || bytes === undefined)
      throw notFound(`There is no ${Object.entries(source).flat().join(' ')}.`);
    return { path, bytes, device: (await this.#devices.list()).get(path) };
  }

  async #device(id: string): Promise<FileDevice | undefined> {
    return (await this.#devices.list()).get(this.#layout.volume(id));
  }

  async #refuseAttached(id: string): Promise<void> {
    const device = await this.#device(id);
    if (device) throw conflict(`Volume ${id} is attached as ${device.path}.`);
  }

  async #removeFile(path: string): Promise<void> {
    await rm(path, { force: true });
    await this.#step('file removed');
  }

  async #sparingDisk(action: () => Promise<void>): Promise<void> {
    await action().catch((thrown: unknown) => {
      throw asDiskFull(thrown, FULL);
    });
  }
}

interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  /** While it is attached. */
  readonly device: FileDevice | undefined;
}

/** undefined = there is no such file. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
  });
  return found?.size;
}

async function makeZeros(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}

async function grow(path: string, bytes: number): Promise<void> {
  await truncate(path, bytes);
  await syncPath(path);
}
