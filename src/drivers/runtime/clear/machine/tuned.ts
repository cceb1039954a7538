import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A kernel and a QEMU that `hydria runtime tune clear` built here. Paths on the host. */
export interface TunedParts {
  readonly vmlinux: string;
  readonly qemu: string;
  /** Folder of QEMU's firmware, beside `qemu`. */
  readonly share: string;
  /** See `TunedFacts`. */
  readonly facts: string;
}

export const tunedIn = (directory: string): TunedParts => ({
  vmlinux: join(directory, 'vmlinux'),
  qemu: join(directory, 'qemu-system-x86_64'),
  share: join(directory, 'share'),
  facts: join(directory, 'tuned.json'),
});

/** The folder of all tuned pairs, each in one named by its digest; `current` leads to the one in use. */
export const tunedFolder = (directory: string): string => join(directory, 'tuned');

/** @returns the pair in use, under a path that stays its own; undefined where none was built, or only for another kind of processor */
export async function findTuned(directory: string): Promise<TunedParts | undefined> {
  const folder = await realpath(join(tunedFolder(directory), 'current')).catch(() => undefined); // none
  const tuned = folder === undefined ? undefined : tunedIn(folder);
  return tuned && existsSync(tuned.facts) ? tuned : undefined;
}
