import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * conmon replaces a log that has grown too large by a new one. A second name, `.held`, keeps the old one until it is moved to `.1`, and
 * what was there to `.2`. Law: what is kept is the log's end, without a gap. All of it is synchronous, so that no two in this process
 * come between each other.
 */
const OLDER = 2;
const MOST_OLDER = 9;
/** The file system's clock goes by milliseconds: smaller ones may be filled and replaced between two of its ticks. */
const LEAST = 1n << 20n;

const heldOf = (log: string): string => `${log}.held`;
/** Says how many older ones are kept, where it is not as many as usual. */
const limitOf = (log: string): string => `${log}.limit`;
/** Newest first. */
const namesOf = (log: string): readonly string[] => [
  log,
  ...Array.from({ length: MOST_OLDER }, (_, age) => `${log}.${age + 1}`),
];
const look = (file: string): BigIntStats | undefined =>
  statSync(file, { bigint: true, throwIfNoEntry: false });

/** @param files how many there may be, with the newest; null = as many as usual. What is too much goes at once. */
export function keepOlder(log: string, files: number | null): void {
  if (files === null) rmSync(limitOf(log), { force: true });
  else writeFileSync(limitOf(log), String(files - 1));
  for (const file of namesOf(log).slice(olderOf(log) + 1)) rmSync(file, { force: true });
}

function olderOf(log: string): number {
  try {
    return Number(readFileSync(limitOf(log), 'utf8'));
  } catch {
    return OLDER;
  }
}

/** To be repeated at least as often as a log fills up; does nothing when nothing was replaced, or there is no log. */
export function keepSegments(log: string): void {
  const current = look(log);
  if (current === undefined) return;
  const held = look(heldOf(log));
  if (held?.ino === current.ino) return;
  if (held && isNext(current, held)) shift(log);
  else for (const file of [heldOf(log), ...namesOf(log).slice(1)]) rmSync(file, { force: true });
  linkSync(log, heldOf(log));
}

/** A file loses its name to the next one, which is made a moment earlier; to any later one it cannot. */
const isNext = (later: BigIntStats, earlier: BigIntStats): boolean =>
  earlier.size >= LEAST && later.birthtimeNs > 0n && later.birthtimeNs <= earlier.ctimeNs;

function shift(log: string): void {
  const older = olderOf(log);
  const files = [heldOf(log), ...namesOf(log).slice(1, older + 1)];
  if (older === 0) rmSync(heldOf(log));
  for (let at = files.length - 2; at >= 0; at--) {
    const [from, to] = [files[at] as string, files[at + 1] as string];
    if (look(from)) renameSync(from, to);
  }
}

/** A file that was opened, by what does not change with its name. */
export interface Segment {
  readonly file: FileHandle;
  readonly ino: bigint;
}

/** All that is kept of a log, the oldest first, without a gap; to be closed. None when there is no log. */
export async function openSegments(log: string): Promise<readonly Segment[]> {
  const current = await openCurrent(log);
  if (!current) return [];
  const segments = [current];
  for (const name of namesOf(log).slice(1)) {
    const segment = await openSegment(name);
    // What was replaced meanwhile is met again under its next name.
    if (segment && segments.some(({ ino }) => ino === segment.ino)) await segment.file.close();
    else if (segment) segments.unshift(segment);
  }
  return segments;
}

/** The newest, once those before it are where they belong. */
async function openCurrent(log: string): Promise<Segment | undefined> {
  for (;;) {
    keepSegments(log);
    const segment = await openSegment(log);
    if (!segment || look(heldOf(log))?.ino === segment.ino) return segment;
    await segment.file.close();
  }
}

async function openSegment(name: string): Promise<Segment | undefined> {
  const file = await open(name).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
    return undefined;
  });
  return file && { file, ino: (await file.stat({ bigint: true })).ino };
}

export const closeSegments = (segments: readonly Segment[]): Promise<unknown> =>
  Promise.all(segments.map(({ file }) => file.close()));

/** The one to read after `ino`, or the oldest there is when that one has gone; undefined while none comes after. */
export async function openNext(log: string, ino: bigint): Promise<Segment | undefined> {
  const segments = await openSegments(log);
  const next = segments[segments.findIndex((segment) => segment.ino === ino) + 1];
  await closeSegments(segments.filter((segment) => segment !== next));
  return next;
}
