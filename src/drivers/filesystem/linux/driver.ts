import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeDurably } from '#kernel/durable.ts';
import { badRequest, conflict, messageOf } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { isUuid } from '#kernel/ids.ts';
import { Serial } from '#kernel/serial.ts';
import type { FileSystemDriver, FileSystemType, MountMode } from '../driver.ts';
import { isBlank, signatureOf } from './content.ts';
import { isInUse } from './use.ts';

/** What may be in a volume, beside what is made here. */
const MOUNTABLE: ReadonlySet<string> = new Set(['ext4', 'ext3', 'ext2', 'xfs']);
const SAFE = 'nosuid,nodev';
const MKFS_MS = 300_000;
/** A file system that takes longer to mend is one for its owner. */
const FSCK_MS = 600_000;
const MENDED = [0, 1, 2];
const BEYOND_MENDING = 4;

/** The kernel's file systems, by mount(8). The table of mounts is the only memory, but for a note on each that is being made. */
export class LinuxFileSystems implements FileSystemDriver {
  readonly #directory: string;
  readonly #serial = new Serial();

  /** @param directory a folder of the driver's own */
  constructor(directory: string) {
    this.#directory = directory;
  }

  pathOf = (volumeId: string): string => join(this.#directory, volumeId);

  async mount(volumeId: string, device: string, mode: MountMode): Promise<void> {
    const path = this.pathOf(volumeId);
    await this.#serial.run(volumeId, async () => {
      const now = (await this.list()).get(volumeId);
      if (now === 'rw' || now === mode) return;
      if (now === 'ro') return void (await exec('mount', ['-o', 'remount,rw', path]));
      const type = await this.#prepare(volumeId, device, mode);
      await mkdir(path, { recursive: true, mode: 0o700 });
      await mountAt(path, { type, device, mode });
    });
  }

  async prepare(volumeId: string, device: string, mode: MountMode): Promise<FileSystemType> {
    return this.#serial.run(volumeId, async () => {
      if (await isInUse(device))
        // maybe by what a killed node left running
        throw conflict(`Volume ${volumeId} is still in use on this machine.`, { retryable: true });
      const type = await this.#prepare(volumeId, device, mode);
      return type === 'xfs' ? 'xfs' : 'ext4';
    });
  }

  async unmount(volumeId: string): Promise<void> {
    const path = this.pathOf(volumeId);
    await this.#serial.run(volumeId, async () => {
      while ((await this.list()).has(volumeId))
        await exec('umount', [path]).catch((thrown: unknown) => {
          throw conflict(`The file system of volume ${volumeId} is still in use: ${messageOf(thrown)}`);
        });
      await rmdir(path).catch(unlessMissing);
    });
  }

  async list(): Promise<ReadonlyMap<string, MountMode>> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const directory = await realpath(this.#directory); // the kernel names paths so
    const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
    const mounts = lines
      .map((line) => line.split(' '))
      .map(([, , , , path = '', options = '', ...rest]) => {
        const superOptions = rest.at(-1) ?? '';
        const isReadOnly = [options, superOptions].some((words) => words.split(',').includes('ro'));
        return { path, mode: isReadOnly ? ('ro' as const) : ('rw' as const) };
      });
    const own = mounts.filter(({ path }) => dirname(path) === directory && isUuid(basename(path)));
    return new Map(own.map(({ path, mode }) => [basename(path), mode]));
  }

  /** @returns the type of what is on the device, sound and ready to be mounted */
  async #prepare(volumeId: string, device: string, mode: MountMode): Promise<string> {
    const note = `${this.pathOf(volumeId)}.new`;
    const isBegun = existsSync(note);
    const type = isBegun ? null : await signatureOf(device);
    if (type === null) {
      if (mode === 'ro') throw badRequest(`Volume ${volumeId} is empty: it cannot be mounted to read alone.`);
      if (!isBegun && !(await isBlank(device)))
        throw badRequest(`Volume ${volumeId} holds data, but no file system: it is left as it is.`);
      await writeDurably(note, `${note}.part`, '');
      await exec('mkfs.ext4', ['-F', '-q', '-m', '0', device], { timeout: MKFS_MS });
      await rm(note);
      return 'ext4';
    }
    if (!MOUNTABLE.has(type))
      throw badRequest(
        `Volume ${volumeId} cannot be mounted: what it holds (${type}) is no file system for containers.`,
      );
    if (mode === 'rw' && type.startsWith('ext')) await mend(volumeId, device);
    return type;
  }
}

interface Mounting {
  readonly type: string;
  readonly device: string;
  readonly mode: MountMode;
}

/** What an unclean end left in the journal stays there when nothing may be written. */
async function mountAt(path: string, { type, device, mode }: Mounting): Promise<void> {
  const mount = (options: string) => exec('mount', ['-t', type, '-o', `${SAFE},${options}`, device, path]);
  if (mode === 'rw') return void (await mount(type === 'xfs' ? 'rw' : 'rw,errors=remount-ro'));
  await mount('ro').catch(() => mount(type === 'xfs' ? 'ro,norecovery' : 'ro,noload'));
}

/** Replays the journal, and what else is without danger; a clean one takes no time. */
async function mend(volumeId: string, device: string): Promise<void> {
  const okCodes = [...MENDED, BEYOND_MENDING];
  const { code } = await exec('e2fsck', ['-p', device], { timeout: FSCK_MS, okCodes });
  if (code === BEYOND_MENDING)
    throw badRequest(
      `The file system of volume ${volumeId} is damaged: attach the volume to a machine and run fsck.`,
    );
}

function unlessMissing(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'ENOENT') throw thrown;
}
