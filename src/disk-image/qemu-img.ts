import { rm, stat, writeFile } from 'node:fs/promises';
import { CloudError, badRequest } from '#kernel/errors.ts';
import { ExecError } from '#kernel/exec.ts';
import { assertDiskFormat, type DiskFormat } from './formats.ts';
import { execInJail, type Jail } from './jail.ts';

export type { DiskFormat } from './formats.ts';

export interface DiskImageInfo {
  readonly format: DiskFormat;
  /** Bytes that a guest sees. */
  readonly virtualSize: number;
  /** Bytes that it takes on the disk. */
  readonly actualSize: number;
}

export interface DiskImageOptions {
  readonly signal?: AbortSignal;
  /** Percent. */
  readonly onProgress?: (percent: number) => void;
}

const GIB = 2 ** 30;
const HOUR = 3600;
const INSPECTION = { memory: GIB, cpu: 30, time: 60, fileSize: 0 };
const SLACK = GIB / 8;

/** Names that qemu-img has for our formats. To it an ISO is raw. */
const DRIVER: Readonly<Record<DiskFormat, string>> = {
  raw: 'raw',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vhd: 'vpc',
  vhdx: 'vhdx',
  iso: 'raw',
  ploop: 'parallels',
};

/**
 * Looks into a disk image of a stranger, with qemu-img in a jail: no network, nothing of the file system but this file, bounded
 * memory, time and processor.
 * @throws CloudError `bad-request` for what is not of `format`, or refers to other files (a backing file, a data file, extents)
 */
export async function inspectDiskImage(
  path: string,
  format: DiskFormat,
  options: DiskImageOptions = {},
): Promise<DiskImageInfo> {
  await assertDiskFormat(path, format);
  options.signal?.throwIfAborted();
  if (DRIVER[format] === 'raw') return plainInfo(path, format);
  const { stdout } = await qemuImg(['info', '-f', DRIVER[format], '-U', '--output=json', '/image'], {
    read: { '/image': path },
    limits: INSPECTION,
    ...(options.signal && { signal: options.signal }),
  });
  return parseInfo(stdout, format);
}

/**
 * The same jail. `target` is written in place when it is there (a device or a file of its size), and made when it is not; one
 * that was made goes away again when the conversion fails.
 */
export async function convertDiskImage(
  source: { readonly path: string; readonly format: DiskFormat },
  target: { readonly path: string; readonly format: 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx' },
  options: DiskImageOptions = {},
): Promise<void> {
  const { virtualSize } = await inspectDiskImage(source.path, source.format, options);
  const inPlace = await exists(target.path);
  if (!inPlace) await writeFile(target.path, '', { flag: 'wx', mode: 0o600 });
  const formats = ['-f', DRIVER[source.format], '-O', DRIVER[target.format]];
  try {
    await qemuImg(
      ['convert', '-p', ...(inPlace ? ['-n'] : []), '-S', '4k', ...formats, '/image', '/target'],
      {
        read: { '/image': source.path },
        write: { '/target': target.path },
        limits: { memory: 2 * GIB, cpu: HOUR, time: 4 * HOUR, fileSize: virtualSize * 2 + SLACK },
        ...(options.signal && { signal: options.signal }),
        ...(options.onProgress && { onOutput: progressTo(options.onProgress) }),
      },
    );
  } catch (thrown) {
    if (!inPlace) await rm(target.path, { force: true });
    throw thrown;
  }
}

/** What qemu-img complains about is the image's fault; that it could not start is ours. */
async function qemuImg(args: readonly string[], jail: Jail): Promise<{ readonly stdout: string }> {
  try {
    return await execInJail(['/usr/bin/qemu-img', ...args], jail);
  } catch (thrown) {
    jail.signal?.throwIfAborted();
    if (thrown instanceof ExecError && thrown.stderr.startsWith('qemu-img:'))
      throw badRequest(`The disk image is not good: ${thrown.stderr.slice(9, 500).trim()}`, {
        cause: thrown,
      });
    if (thrown instanceof ExecError && thrown.exitCode === null && thrown.stderr === '')
      throw badRequest('The disk image took more time or memory than it may.', { cause: thrown });
    throw thrown;
  }
}

/** What is only bytes needs no program to be looked into. */
async function plainInfo(path: string, format: DiskFormat): Promise<DiskImageInfo> {
  const { size, blocks } = await stat(path);
  return { format, virtualSize: size, actualSize: blocks * 512 };
}

function parseInfo(json: string, format: DiskFormat): DiskImageInfo {
  const info = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const { 'virtual-size': virtualSize, 'actual-size': actualSize } = info;
  if (typeof virtualSize !== 'number' || typeof actualSize !== 'number')
    throw new CloudError('internal', 'qemu-img gave no sizes.', { detail: json });
  if ('backing-filename' in info || 'full-backing-filename' in info)
    throw badRequest('The disk image refers to another file.');
  return { format, virtualSize, actualSize };
}

/** qemu-img prints `    (12.34/100%)` over and over. */
const progressTo = (tell: (percent: number) => void) => (chunk: Buffer) => {
  const last = [...chunk.toString('latin1').matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1);
  if (last) tell(Number(last[1]));
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return false;
      throw thrown;
    },
  );
