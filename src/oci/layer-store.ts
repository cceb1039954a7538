import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isoTime, type Clock } from '#kernel/clock.ts';
import { writeDurably } from '#kernel/durable.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { FileHasher } from '#kernel/threads/file-hasher.ts';
import { readArchive, type ImageArchive, type LayerContent } from './archive.ts';
import { Budget } from './budget.ts';
import { fetchArchive, type Checksum, type OpenArchive } from './fetch.ts';
import type { ImageConfig } from './image-config.ts';
import { KeyedLock } from './keyed-lock.ts';
import { LayerPool } from './layer-pool.ts';
import type { ArchiveLimits } from './limits.ts';
import { SharedJobs, type Caller } from './shared-jobs.ts';

export interface StoredImage {
  readonly key: string;
  /** `sha256:…` of its configuration document. */
  readonly id: string;
  readonly config: ImageConfig;
  /** Absolute paths of the unpacked layers, lowest first, each once: overlayfs takes no directory twice. */
  readonly layers: readonly string[];
  /** ISO-8601. */
  readonly createdAt: string;
}

export type ImageProgress =
  /** `total` where the source knows it. */
  | { readonly phase: 'fetch'; readonly bytes: number; readonly total?: number }
  | { readonly phase: 'unpack'; readonly layer: number; readonly layers: number };

export interface EnsureOptions extends Caller<ImageProgress> {
  readonly checksum?: Checksum;
}

/** What an image's source is given to work with. */
export interface Bringing {
  /** Empty, and taken away afterwards. */
  readonly directory: string;
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal;
  readonly report: (progress: ImageProgress) => void;
}

/** Brings an image to this machine, and keeps it there until `unpack` has resolved, with what that gives. */
export type ImageSource = (
  bringing: Bringing,
  unpack: (image: ImageArchive) => Promise<StoredImage>,
) => Promise<StoredImage>;

export interface LayerStoreDeps {
  /** Belongs to the store alone; on one file system, one that overlayfs can use. */
  readonly directory: string;
  readonly limits: ArchiveLimits;
  readonly clock: Clock;
}

/** What `images/<key>.json` says: an image with its layers by digest. */
interface ImageRecord extends Omit<StoredImage, 'layers'> {
  readonly version: 1;
  readonly diffIds: readonly string[];
}

/**
 * Unpacked images of this machine. A layer that several images have is there once.
 *
 *     images/<key>.json   one record per image; exists only when all of its layers do
 *     layers/<sha256>/    see LayerPool
 *     tmp/                whatever is not finished yet, or being removed
 *
 * Needs root. Call `recover` once, before anything else.
 */
export class LayerStore {
  readonly #deps: LayerStoreDeps;
  readonly #pool: LayerPool;
  readonly #records = new Map<string, ImageRecord>();
  /** An image that is made again while it is removed keeps its new record. */
  readonly #files = new KeyedLock();
  readonly #hasher = new FileHasher();
  readonly #jobs = new SharedJobs<StoredImage, ImageProgress>();

  constructor(deps: LayerStoreDeps) {
    this.#deps = deps;
    this.#pool = new LayerPool({ directory: this.#path('layers'), temporary: this.#path('tmp') });
  }

  /** Reads the records and takes away what a crash has left. */
  async recover(): Promise<void> {
    await rm(this.#path('tmp'), { recursive: true, force: true });
    for (const folder of ['images', 'layers', 'tmp'])
      await mkdir(this.#path(folder), { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#path('images'))) await this.#load(name);
    await this.#removeUnused(await this.#pool.list());
  }

  /**
   * Makes sure that an image is unpacked. Calls for one key at the same time share the work.
   * @param key stands for the content, such as an image's id with its checksum: letters, digits, `.`, `_`, `-`
   * @throws CloudError `bad-request` for an archive that is not sound; nothing of it stays
   */
  ensureImage(key: string, open: OpenArchive, options: EnsureOptions = {}): Promise<StoredImage> {
    return this.ensureFrom(key, this.#archiveSource(open, options.checksum), options);
  }

  /** The same from anywhere. */
  async ensureFrom(
    key: string,
    source: ImageSource,
    caller: Caller<ImageProgress> = {},
  ): Promise<StoredImage> {
    if (!/^\w[\w.-]{0,199}$/.test(key))
      throw badRequest(`${JSON.stringify(key)} cannot be the key of an image.`);
    return (
      this.find(key) ??
      this.#jobs.join(key, (signal, report) => this.#bring(key, source, { signal, report }), caller)
    );
  }

  find(key: string): StoredImage | undefined {
    const record = this.#records.get(key);
    return record && this.#toImage(record);
  }

  list(): StoredImage[] {
    return [...this.#records.values()].map((record) => this.#toImage(record));
  }

  /** Forgets an image and removes the layers that no other image has. No workload may be using it. */
  async removeImage(key: string): Promise<void> {
    const record = this.#records.get(key);
    if (!record) return;
    this.#records.delete(key);
    await this.#files.run(key, () => rm(this.#recordPath(key), { force: true }));
    await this.#removeUnused(record.diffIds);
  }

  /** Removes every image but those in use; images that are being made stay. @returns the keys of those removed */
  async collect(inUse: Iterable<string>): Promise<string[]> {
    const keep = new Set(inUse);
    const unused = [...this.#records.keys()].filter((key) => !keep.has(key));
    for (const key of unused) await this.removeImage(key);
    return unused;
  }

  /** Removes every image. */
  async clear(): Promise<void> {
    await this.collect([]);
  }

  async #bring(
    key: string,
    source: ImageSource,
    { signal, report }: Pick<Bringing, 'signal' | 'report'>,
  ): Promise<StoredImage> {
    const directory = this.#path('tmp', newUuid());
    await mkdir(directory);
    try {
      const { limits } = this.#deps;
      return await source({ directory, limits, signal, report }, (image) => this.#unpack(key, image, report));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  #archiveSource(open: OpenArchive, checksum: Checksum | undefined): ImageSource {
    return async ({ directory, limits, signal, report }, unpack) => {
      const file = join(directory, 'archive.tar');
      const onBytes = (bytes: number) => report({ phase: 'fetch', bytes });
      await fetchArchive({ open, checksum, limits, hasher: this.#hasher, signal, onBytes }, file);
      const archive = await readArchive(file, limits, signal);
      return unpack({ ...archive, contents: () => lastContents(archive, file) });
    };
  }

  async #unpack(
    key: string,
    archive: ImageArchive,
    report: (progress: ImageProgress) => void,
  ): Promise<StoredImage> {
    const diffIds = topmost(archive.layers.map(({ diffId }) => diffId));
    const budget = new Budget(this.#deps.limits);
    try {
      return await this.#pool.holding(diffIds, async () => {
        let layer = 0;
        for await (const content of archive.contents()) {
          report({ phase: 'unpack', layer: ++layer, layers: diffIds.length });
          await this.#pool.ensure(content, budget);
        }
        await this.#pool.keep(diffIds);
        return this.#record(key, archive, diffIds);
      });
    } catch (thrown) {
      await this.#removeUnused(diffIds);
      throw thrown;
    }
  }

  async #record(key: string, archive: ImageArchive, diffIds: readonly string[]): Promise<StoredImage> {
    const createdAt = isoTime(this.#deps.clock.now());
    const record: ImageRecord = {
      version: 1,
      key,
      id: archive.id,
      config: archive.config,
      diffIds,
      createdAt,
    };
    await this.#files.run(key, () =>
      writeDurably(this.#recordPath(key), this.#path('tmp', newUuid()), JSON.stringify(record)),
    );
    this.#records.set(key, record);
    return this.#toImage(record);
  }

  /** A record that cannot be used goes away, and its image is made again when it is needed. */
  async #load(name: string): Promise<void> {
    const record = parseRecord(await readFile(this.#path('images', name), 'utf8'));
    const there = record && (await Promise.all(record.diffIds.map((diffId) => this.#pool.has(diffId))));
    if (record && there?.every(Boolean)) this.#records.set(record.key, record);
    else await rm(this.#path('images', name), { force: true });
  }

  async #removeUnused(diffIds: readonly string[]): Promise<void> {
    await this.#pool.removeUnused(diffIds, (diffId) =>
      this.#records.values().some((record) => record.diffIds.includes(diffId)),
    );
  }

  #toImage({ diffIds, key, id, config, createdAt }: ImageRecord): StoredImage {
    return { key, id, config, createdAt, layers: diffIds.map((diffId) => this.#pool.pathOf(diffId)) };
  }

  #recordPath(key: string): string {
    return this.#path('images', `${key}.json`);
  }

  #path(...parts: string[]): string {
    return join(this.#deps.directory, ...parts);
  }
}

/** The archive goes before what was in it is forced to disk: most of it never has to be written then. */
async function* lastContents(archive: ImageArchive, file: string): AsyncGenerator<LayerContent> {
  yield* archive.contents();
  await rm(file);
}

/** Of a layer that comes several times, the topmost alone: it shows and hides all that the lower ones would. */
const topmost = (diffIds: readonly string[]): string[] => [...new Set(diffIds.toReversed())].toReversed();

function parseRecord(text: string): ImageRecord | null {
  try {
    const record = JSON.parse(text) as ImageRecord;
    return record.version === 1 ? record : null;
  } catch {
    return null;
  }
}
