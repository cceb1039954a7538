import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Renames so that the new name outlives a power cut. What is renamed must be on disk already. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await sync(dirname(to));
}

/** Writes a small file by way of `temporary`, so that it is there whole or not at all. */
export async function writeDurably(path: string, temporary: string, text: string): Promise<void> {
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await renameDurably(temporary, path);
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
