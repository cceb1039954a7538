import { conflict } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { releaseLoop } from '#kernel/loop-device.ts';
import type { AttachMode } from '../driver.ts';

/** Files as block devices of this machine. */
export interface FileDevices {
  /** By the path of the file. */
  list(): Promise<ReadonlyMap<string, FileDevice>>;
  /** @returns the path of the device. */
  attach(file: string): Promise<string>;
  /** Also for whoever has it open already. */
  setMode(device: string, mode: AttachMode): Promise<void>;
  /** The device grows to the size of its file. */
  resize(device: string): Promise<void>;
  /** What was written to the device, or to a file system mounted from it, is in its file. */
  flush(device: string): Promise<void>;
  /** @throws CloudError `conflict` while somebody has it open; it is then detached when that ends. */
  detach(device: string): Promise<void>;
}

export interface FileDevice {
  readonly path: string;
  /** Whether it goes as soon as nobody has it open. */
  readonly leaving: boolean;
}

interface Row {
  readonly name: string;
  readonly 'back-file': string | null;
  readonly autoclear: boolean;
}

const COLUMNS = 'NAME,BACK-FILE,AUTOCLEAR';

/**
 * The machine's loop devices. It is the machine that remembers what is attached: a device is found by the file behind it.
 * They have no partitions, and go round the page cache where the file system can, so that nothing is held in memory twice.
 */
export const loopDevices: FileDevices = {
  list: async () => {
    const { stdout } = await exec('losetup', ['--json', '--list', '--output', COLUMNS]);
    return new Map(parseLoops(stdout));
  },
  attach: async (file) => {
    const { stdout } = await exec('losetup', ['--find', '--show', '--direct-io=on', file]);
    return stdout.trim();
  },
  setMode: async (device, mode) => {
    await exec('blockdev', [mode === 'ro' ? '--setro' : '--setrw', device]);
  },
  resize: async (device) => {
    await exec('losetup', ['--set-capacity', device]);
  },
  flush: async (device) => {
    await exec('blockdev', ['--flushbufs', device], { timeout: 600_000 });
  },
  detach: async (device) => {
    await releaseLoop(device);
    const left = [...(await loopDevices.list()).values()];
    if (left.some(({ path }) => path === device))
      throw conflict(`${device} is in use; it goes when it is closed.`, { retryable: true });
  },
};

/** @param json What `losetup --json` prints: nothing at all when there is no device. */
export function parseLoops(json: string): [file: string, device: FileDevice][] {
  if (json.trim() === '') return [];
  const { loopdevices } = JSON.parse(json) as { loopdevices: readonly Row[] };
  return loopdevices.flatMap(({ name, autoclear, 'back-file': file }) =>
    file === null ? [] : [[file, { path: name, leaving: autoclear }]],
  );
}
