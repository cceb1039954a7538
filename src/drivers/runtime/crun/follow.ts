import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Bell } from '#kernel/bell.ts';

export interface FollowOptions {
  /** Byte to begin with. */
  readonly from: number;
  /** Aborts when nothing more will be written: what is there is still read. */
  readonly last: AbortSignal;
  /** Aborts when nobody reads any more. */
  readonly signal: AbortSignal;
}

const CHUNK = 64 << 10;

/** A file that grows, and that may be replaced by a new one when it has grown too large; each byte as a character (latin1). */
export async function* followFile(
  path: string,
  { from, last, signal }: FollowOptions,
): AsyncGenerator<string> {
  const changed = new Bell();
  const ring = () => changed.ring();
  const watcher = watch(dirname(path), (_, name) => name === basename(path) && ring());
  for (const ending of [last, signal]) ending.addEventListener('abort', ring);
  const buffer = Buffer.alloc(CHUNK);
  let file = await open(path);
  let position = from;
  try {
    while (!signal.aborted) {
      const { rung } = changed;
      const ending = last.aborted;
      const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
      position += bytesRead;
      if (bytesRead > 0) yield buffer.toString('latin1', 0, bytesRead);
      else if (await isReplaced(file, path)) {
        await file.close();
        file = await open(path);
        position = 0;
      } else if (ending) return;
      else await rung;
    }
  } finally {
    watcher.close();
    for (const ending of [last, signal]) ending.removeEventListener('abort', ring);
    await file.close();
  }
}

async function isReplaced(file: FileHandle, path: string): Promise<boolean> {
  const [held, named] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return named !== undefined && named.ino !== held.ino;
}
