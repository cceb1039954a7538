import { existsSync } from 'node:fs';
import { rename, rm, truncate, writeFile } from 'node:fs/promises';
import { exec } from '#kernel/exec.ts';
import { MACHINE_DISK_BYTES } from './size.ts';

const GIB = 2 ** 30;
/** Of a container without a limit; sparse, so that it takes what is written. */
const UNLIMITED_GIB = 64;
/** Room for all, a small journal, and nothing that would be written before it is needed. */
const MKFS = [
  '-q',
  '-F',
  '-m',
  '0',
  '-J',
  'size=4',
  '-O',
  '^resize_inode',
  '-E',
  'lazy_itable_init=1,lazy_journal_init=1,nodiscard',
];

/** A file of a template, holes and all, under a name that it has when it is whole. */
export async function copyDisk(from: string, to: string): Promise<void> {
  const draft = `${to}.draft`;
  await exec('cp', ['--sparse=auto', from, draft]);
  await rename(draft, to);
}

/**
 * What a container writes: an ext4 of so many GiB in a sparse file. One that is there stays as it is; it has its name when it is whole.
 * The host never mounts it: a machine has written it.
 */
export async function makeUpper(file: string, gib: number | null): Promise<void> {
  if (existsSync(file)) return;
  const draft = `${file}.draft`;
  await rm(draft, { force: true });
  await writeFile(draft, '', { mode: 0o600 });
  await truncate(draft, Math.round((gib ?? UNLIMITED_GIB) * GIB));
  await exec('mkfs.ext4', [...MKFS, draft]);
  await truncate(draft, MACHINE_DISK_BYTES);
  await rename(draft, file);
}
