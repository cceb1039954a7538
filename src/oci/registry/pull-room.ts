import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { newUuid } from '#kernel/ids.ts';
import type { ImageParts } from './manifest-parts.ts';

/** A place for one pull: a new OCI layout whose blobs are everybody's. */
export interface Room extends AsyncDisposable {
  readonly layout: string;
  /** Bytes of the image that are here: whole blobs, and what is on its way into this room. */
  bytes(): Promise<number>;
  /** How many of its blobs are here whole. */
  blobs(): Promise<number>;
}

/**
 * Where pulls work. A blob is here as long as a pull wants it, however often that is cut off, and whichever came first.
 *
 *     blobs/sha256/<hex>   whole and checked
 *     <uuid>/              the layout of one pull, with what skopeo has not finished
 */
export class PullRooms {
  readonly #directory: string;
  readonly #held = new Map<string, number>();
  #open = 0;

  /** @param directory belongs to this object alone */
  constructor(directory: string) {
    this.#directory = directory;
  }

  get blobs(): string {
    return join(this.#directory, 'blobs');
  }

  /** Takes away what a crash has left. Before anything else. */
  async recover(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  async enter({ blobs }: ImageParts): Promise<Room> {
    const layout = join(this.#directory, newUuid());
    const files = blobs.map(({ digest }) => this.#pathOf(digest));
    this.#open++;
    for (const file of files) this.#held.set(file, (this.#held.get(file) ?? 0) + 1);
    await mkdir(layout, { recursive: true, mode: 0o700 });
    await mkdir(join(this.blobs, 'sha256'), { recursive: true, mode: 0o700 });
    return {
      layout,
      bytes: async () => sum(await sizes([...files, ...(await unfinished(layout))])),
      blobs: async () => (await sizes(files)).filter((size) => size !== null).length,
      [Symbol.asyncDispose]: () => this.#leave(layout, files),
    };
  }

  /** First the layout: what skopeo may still be writing has nowhere to go then. */
  async #leave(layout: string, files: readonly string[]): Promise<void> {
    await rm(layout, { recursive: true, force: true, maxRetries: 5 });
    this.#open--;
    for (const file of files) {
      const holders = (this.#held.get(file) ?? 1) - 1;
      if (holders > 0) this.#held.set(file, holders);
      else this.#held.delete(file);
    }
    // A manifest that skopeo has converted is no blob that anybody holds: it goes with the last pull.
    const leftovers = this.#open === 0 ? [this.blobs] : files.filter((file) => !this.#held.has(file));
    await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })));
  }

  #pathOf(digest: string): string {
    return join(this.blobs, 'sha256', digest.replace('sha256:', ''));
  }
}

const unfinished = async (layout: string): Promise<string[]> =>
  (await readdir(layout)).filter((name) => name.startsWith('oci-put-blob')).map((name) => join(layout, name));

/** Null for what is not there, or not any more. */
const sizes = (files: readonly string[]): Promise<(number | null)[]> =>
  Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => null,
      ),
    ),
  );

const sum = (sizes: readonly (number | null)[]): number =>
  sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
