import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Bell } from '#kernel/bell.ts';
import { closeSegments, openNext, openSegments, type Segment } from './segments.ts';

export interface FollowOptions {
  /** Byte to begin with. */
  readonly from: number;
  /** Of the file to begin with, if it is still there; absent = the newest. */
  readonly ino?: bigint;
  /** Aborts when nothing more will be written: what is there is still read. */
  readonly last: AbortSignal;
  /** Aborts when nobody reads any more. */
  readonly signal: AbortSignal;
}

const CHUNK = 64 << 10;

/** A log that grows, across the files it goes on in; each byte as a character (latin1). A reader slower than those are kept misses a part. */
export async function* followFile(
  path: string,
  { from, ino, last, signal }: FollowOptions,
): AsyncGenerator<string> {
  const changed = new Bell();
  const ring = () => changed.ring();
  const watcher = watch(dirname(path), (_, name) => name === basename(path) && ring());
  for (const ending of [last, signal]) ending.addEventListener('abort', ring);
  const buffer = Buffer.alloc(CHUNK);
  let segment = await openAt(path, ino);
  let position = ino === undefined || segment.ino === ino ? from : 0;
  try {
    while (!signal.aborted) {
      const { rung } = changed;
      const ending = last.aborted;
      const { bytesRead } = await segment.file.read(buffer, 0, CHUNK, position);
      position += bytesRead;
      if (bytesRead > 0) yield buffer.toString('latin1', 0, bytesRead);
      else if (await isReplaced(segment, path)) {
        const next = await openNext(path, segment.ino);
        if (!next) continue;
        await segment.file.close();
        segment = next;
        position = 0;
      } else if (ending) return;
      else await rung;
    }
  } finally {
    watcher.close();
    for (const ending of [last, signal]) ending.removeEventListener('abort', ring);
    await segment.file.close();
  }
}

/** @throws when there is no log. */
async function openAt(path: string, ino: bigint | undefined): Promise<Segment> {
  const segments = await openSegments(path);
  const newest = segments.at(-1);
  if (!newest) throw new Error(`There is no log ${path}.`);
  const found =
    ino === undefined ? newest : (segments.find((segment) => segment.ino === ino) ?? segments[0] ?? newest);
  await closeSegments(segments.filter((segment) => segment !== found));
  return found;
}

async function isReplaced({ ino }: Segment, path: string): Promise<boolean> {
  const named = await stat(path, { bigint: true }).catch(() => undefined);
  return named !== undefined && named.ino !== ino;
}
