import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { syncPath, writeDurably } from '#kernel/durable.ts';

/** Longer than any backup takes: what was touched within it may be on its way into a manifest. */
export const GRACE = 24 * 60 * 60_000;

/**
 * The files of pieces: `pieces/aa/<sha256>`. Whoever counts on a piece touches it first; whoever removes one moves it aside,
 * looks whether it was touched lately, and only then deletes it. So no lock is needed, not even between processes: either
 * the touch fails, and the piece is known to be missing, or the remover sees it and puts the piece back.
 */
export class PieceFiles {
  readonly #pieces: string;
  readonly #aside: string;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(directory: string, clock: Pick<Clock, 'now'>) {
    this.#pieces = join(directory, 'pieces');
    this.#aside = join(directory, 'aside');
    this.#clock = clock;
  }

  /** Puts back what a remover that was killed had moved aside, and removes files that were never whole. */
  async recover(): Promise<void> {
    await mkdir(this.#pieces, { recursive: true, mode: 0o700 });
    await mkdir(this.#aside, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#aside)) {
      const path = join(this.#aside, name);
      if (isPart(name)) await this.#removeIfOld(path);
      else await moveIfThere(path, this.#path(name));
    }
  }

  /** Marks it as counted on. @returns whether it is there. */
  async touch(digest: string): Promise<boolean> {
    const now = this.#clock.now();
    return ifThere(utimes(this.#path(digest), now, now).then(() => true)).then(Boolean);
  }

  async write(digest: string, content: Uint8Array): Promise<void> {
    const path = this.#path(digest);
    if (await mkdir(dirname(path), { recursive: true, mode: 0o700 })) await syncPath(this.#pieces);
    await this.writeWhole(path, content);
    await this.touch(digest);
  }

  /** Any file of the store: there whole or not at all, whatever happens. */
  async writeWhole(path: string, content: string | Uint8Array): Promise<void> {
    const part = join(this.#aside, randomUUID() + PART);
    try {
      await writeDurably(path, part, content);
    } catch (thrown) {
      await rm(part, { force: true });
      throw thrown;
    }
  }

  read(digest: string): Promise<Buffer | undefined> {
    return ifThere(readFile(this.#path(digest)));
  }

  /** Removes every piece that is not wanted and that nobody has counted on lately. */
  async sweep(wanted: ReadonlySet<string>): Promise<void> {
    for (const folder of await readdir(this.#pieces))
      for (const digest of await readdir(join(this.#pieces, folder)))
        if (!wanted.has(digest) && (await this.#isOld(this.#path(digest)))) await this.#remove(digest);
  }

  async #remove(digest: string): Promise<void> {
    const aside = join(this.#aside, digest);
    await moveIfThere(this.#path(digest), aside);
    if (await this.#isOld(aside)) await rm(aside, { force: true });
    else await moveIfThere(aside, this.#path(digest));
  }

  async #removeIfOld(path: string): Promise<void> {
    if (await this.#isOld(path)) await rm(path, { force: true });
  }

  /** What is not there is not old. */
  async #isOld(path: string): Promise<boolean> {
    const found = await ifThere(stat(path));
    return found !== undefined && found.mtimeMs < this.#clock.now().getTime() - GRACE;
  }

  #path(digest: string): string {
    return join(this.#pieces, digest.slice(0, 2), digest);
  }
}

const PART = '.part';
const isPart = (name: string): boolean => name.endsWith(PART);

const moveIfThere = (from: string, to: string) => ifThere(rename(from, to));

async function ifThere<T>(action: Promise<T>): Promise<T | undefined> {
  return action.catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
    return undefined;
  });
}
