import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { isMounted } from '../overlay.ts';
import type { WorkloadLayout } from '../conmon/layout.ts';

/**
 * A root that can grow to so much and no further: what a workload writes lies on an ext4 of its own, in a file that takes as much of
 * the host's disk as is written. `upper` and `work` are links to there, so that nobody else need know.
 */
type Place = Pick<WorkloadLayout, 'disk' | 'diskImage' | 'upper' | 'work'>;

const GIB = 2 ** 30;
/** Room for all, a small journal, and nothing that the kernel would fill in later. */
const MKFS = [
  '-q',
  '-F',
  '-m',
  '0',
  '-J',
  'size=4',
  '-E',
  'lazy_itable_init=1,lazy_journal_init=1,nodiscard',
];
const MOUNT = 'loop,noatime,noinit_itable';

/** Makes and mounts it; one that is there stays as it is. The file has its name when it is whole. */
export async function makeDisk(place: Place, gib: number): Promise<void> {
  if (!existsSync(place.diskImage)) {
    const draft = `${place.diskImage}.draft`;
    await rm(draft, { force: true });
    await writeFile(draft, '', { mode: 0o600 });
    await truncate(draft, gib * GIB);
    await exec('mkfs.ext4', [...MKFS, draft]);
    await rename(draft, place.diskImage);
  }
  await mkdir(place.disk, { recursive: true });
  await mountDisk(place);
  for (const name of ['upper', 'work'] as const) {
    await mkdir(join(place.disk, name), { recursive: true });
    await rm(place[name], { recursive: true, force: true });
    await symlink(join('disk', name), place[name]);
  }
}

/** After the machine's start it is not; where there is none, nothing is to do. */
export async function mountDisk({ disk, diskImage }: Pick<Place, 'disk' | 'diskImage'>): Promise<void> {
  if (!existsSync(diskImage) || (await isMounted(disk))) return;
  await exec('mount', ['-t', 'ext4', '-o', MOUNT, diskImage, disk]);
}

/** Its loop device goes with the last who uses it. */
export async function unmountDisk({ disk }: Pick<Place, 'disk'>): Promise<void> {
  while (await isMounted(disk)) await exec('umount', ['--lazy', disk]);
}
