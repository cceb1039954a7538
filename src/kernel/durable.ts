import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CloudError, messageOf } from './errors.ts';

/** Renames so that the new name outlives a power cut. What is renamed must be on disk already. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncPath(dirname(to));
  if (dirname(from) !== dirname(to)) await syncPath(dirname(from));
}

/** Waits until a file, or the names in a directory, are on disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file by way of `temporary`, so that it is there whole or not at all. */
export async function writeDurably(
  path: string,
  temporary: string,
  content: string | Uint8Array,
): Promise<void> {
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await renameDurably(temporary, path);
}

const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const FULL_WORDS = /no space left on device|disk quota exceeded|file too large/i;

/** What was thrown because a disk is full as CloudError `too-large`; anything else as it was. */
export function asDiskFull(thrown: unknown, message: string): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  const full = FULL_CODES.has(code ?? '') || FULL_WORDS.test(messageOf(thrown));
  return full ? new CloudError('too-large', message, { cause: thrown }) : thrown;
}
