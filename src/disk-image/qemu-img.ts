import { CloudError } from '#kernel/errors.ts';

/** Formats of disk images that are taken in. */
export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx' | 'iso' | 'ploop';

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

/**
 * Looks into a disk image of a stranger, with qemu-img in a jail: no network, nothing of the file system but this file, bounded
 * memory, time and processor.
 * @throws CloudError `bad-request` for what is not of `format`, or refers to other files (a backing file, a data file, extents)
 */
export function inspectDiskImage(
  _path: string,
  _format: DiskFormat,
  _options: DiskImageOptions = {},
): Promise<DiskImageInfo> {
  throw new CloudError('not-implemented', 'Disk images cannot be inspected yet.');
}

/** The same jail. `target` is written in place when it is there (a device or a file of its size), and made when it is not. */
export function convertDiskImage(
  _source: { readonly path: string; readonly format: DiskFormat },
  _target: { readonly path: string; readonly format: 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx' },
  _options: DiskImageOptions = {},
): Promise<void> {
  throw new CloudError('not-implemented', 'Disk images cannot be converted yet.');
}
