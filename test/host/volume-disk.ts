import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';

export type FileSystem = 'xfs' | 'ext4';

const MAKE: Readonly<Record<FileSystem, readonly string[]>> = {
  xfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'],
  ext4: ['mkfs.ext4', '-q', '-F'],
};

/** A disk of its own for a test, in a file: a folder with a file system, or a bare loop device. Gone afterwards. */
export class TestDisk {
  /** Where the file system is mounted; an empty folder on a bare disk. */
  readonly directory: string;
  readonly #folder: string;
  #device: string | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.directory = join(folder, 'mounted');
  }

  static async bare(mib: number): Promise<TestDisk & { readonly device: string }> {
    const disk = new TestDisk(await mkdtemp(join(tmpdir(), 'hydria-disk-')));
    const file = join(disk.#folder, 'disk');
    await exec('truncate', ['-s', `${mib}M`, file]);
    const { stdout } = await exec('losetup', ['--find', '--show', file]);
    disk.#device = stdout.trim();
    return Object.assign(disk, { device: disk.#device });
  }

  static async with(fileSystem: FileSystem, mib: number): Promise<TestDisk> {
    const disk = await TestDisk.bare(mib);
    const [command = '', ...args] = MAKE[fileSystem];
    await exec(command, [...args, disk.device]);
    await exec('mkdir', [disk.directory]);
    await exec('mount', [disk.device, disk.directory]);
    return disk;
  }

  async close(): Promise<void> {
    await exec('umount', [this.directory], { okCodes: [0, 1, 32] });
    if (this.#device) await exec('losetup', ['--detach', this.#device]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Of a block device or a file. */
export async function bytesOf(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > 0) return size;
  } finally {
    await file.close();
  }
  const { stdout } = await exec('blockdev', ['--getsize64', path]);
  return Number(stdout);
}

/** @returns what is there, as text; zeros as ''. @throws when it ends before */
export async function readFrom(path: string, offset: number, length: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    if (bytesRead !== length) throw new Error(`${path} ends before ${offset + length}.`);
    return buffer.toString('latin1').replaceAll('\0', '');
  } finally {
    await file.close();
  }
}

/** Writes and waits until it is on the device. */
export async function writeTo(path: string, offset: number, text: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(text, offset);
    await file.sync();
  } finally {
    await file.close();
  }
}
