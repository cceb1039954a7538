import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { asDiskFull } from '#kernel/durable.ts';
import { CloudError, notFound } from '#kernel/errors.ts';
import { FileHasher, type FollowedFile } from '#kernel/threads/file-hasher.ts';

export interface StagedData {
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  readonly sha512: string;
}

export interface ReceiveOptions {
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Told how many bytes there are. */
  readonly onProgress?: (size: number) => void;
}

/** Bytes that are written at once. */
const BATCH = 1 << 20;
const CONVERTED = '.converted';
const HASHES = ['md5', 'sha512'] as const;
const NO_SPACE = 'There is not enough space left to receive the image.';

/**
 * Local files in which data arrives, before anybody knows whether it is good. Nothing here is an image yet; what no image
 * waits for may be thrown away at any time.
 */
export class Staging {
  readonly #directory: string;
  readonly #hasher = new FileHasher();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Receives the bytes while they are hashed, without keeping them in memory. A second one for an id replaces the first.
   * @throws CloudError `too-large` beyond `maxBytes` or when the disk is full; what the source throws. Nothing stays behind then.
   */
  async receive(id: string, source: Readable, options: ReceiveOptions): Promise<StagedData> {
    await mkdir(this.#directory, { recursive: true });
    try {
      await using file = await open(this.path(id), 'w');
      using hashed = this.#hasher.follow(this.path(id), HASHES);
      const size = await copy(source, new BatchWriter(file, hashed), options);
      const [digests] = await Promise.all([hashed.digests(size), file.sync()]);
      return { size, ...digests };
    } catch (thrown) {
      await this.discard(id);
      throw asDiskFull(thrown, NO_SPACE);
    }
  }

  /** A local file with the bytes, for inspection. */
  path(id: string): string {
    if (!/^[\w-]+$/.test(id)) throw new Error(`'${id}' cannot be a file name.`);
    return join(this.#directory, id);
  }

  /** @returns how many bytes there are; 0 when there is nothing. */
  async size(id: string): Promise<number> {
    const { size } = await stat(this.path(id)).catch(() => ({ size: 0 }));
    return size;
  }

  /** Adds what is not there yet of a piece that begins at `offset`; nothing of one that would leave a gap. @returns the size */
  async append(id: string, offset: number, bytes: Uint8Array): Promise<number> {
    await mkdir(this.#directory, { recursive: true });
    await using file = await open(this.path(id), 'a');
    const { size } = await file.stat();
    if (offset > size || offset + bytes.length <= size) return size;
    try {
      await file.appendFile(bytes.subarray(size - offset));
    } catch (thrown) {
      await file.truncate(size);
      throw asDiskFull(thrown, NO_SPACE);
    }
    return offset + bytes.length;
  }

  /** @throws CloudError `not-found` when there is nothing. */
  async hash(id: string, signal?: AbortSignal): Promise<StagedData> {
    const found = await stat(this.path(id)).catch(() => null);
    if (!found) throw notFound(`There is no staged data of image ${id}.`);
    const { size } = found;
    const options = { size, algorithms: HASHES, ...(signal && { signal }) };
    return { size, ...(await this.#hasher.hash(this.path(id), options)) };
  }

  /** Puts what `convert` writes to another path in the place of the bytes. */
  async replace(id: string, convert: (target: string) => Promise<void>): Promise<void> {
    const target = this.path(id) + CONVERTED;
    try {
      await rm(target, { force: true });
      await convert(target);
      await rename(target, this.path(id));
    } finally {
      await rm(target, { force: true });
    }
  }

  async discard(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
    await rm(this.path(id) + CONVERTED, { force: true });
  }

  /** Ids with bytes. */
  async list(): Promise<readonly string[]> {
    await mkdir(this.#directory, { recursive: true });
    const names = await readdir(this.#directory);
    return [...new Set(names.map((name) => name.replace(CONVERTED, '')))];
  }
}

/** One batch is written while the next is received. The source stays open: a request that is destroyed cannot be answered. */
async function copy(
  source: Readable,
  writer: BatchWriter,
  { maxBytes, signal, onProgress }: ReceiveOptions,
): Promise<number> {
  let size = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      signal?.throwIfAborted();
      size += (chunk as Buffer).length;
      if (size > maxBytes)
        throw new CloudError('too-large', `The image data exceeds the limit of ${maxBytes} bytes.`);
      await writer.write(chunk as Buffer);
      onProgress?.(size);
    }
  } finally {
    await writer.end();
  }
  return size;
}

class BatchWriter {
  readonly #file: FileHandle;
  readonly #hashed: Pick<FollowedFile<never>, 'grown'>;
  #batch: Uint8Array[] = [];
  #batched = 0;
  #size = 0;
  #written: Promise<unknown> = Promise.resolve();

  constructor(file: FileHandle, hashed: Pick<FollowedFile<never>, 'grown'>) {
    this.#file = file;
    this.#hashed = hashed;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#batch.push(chunk);
    this.#batched += chunk.length;
    if (this.#batched >= BATCH) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#written;
  }

  /** Waits for the batch before, and starts to write this one. */
  async #flush(): Promise<void> {
    await this.#written;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batched = 0;
    this.#written = this.#write(batch);
    this.#written.catch(() => {}); // whoever waits for it hears of it
  }

  /** A write may take less than all of it, on a disk that fills up. */
  async #write(batch: readonly Uint8Array[]): Promise<void> {
    const length = batch.reduce((sum, chunk) => sum + chunk.length, 0);
    const { bytesWritten } = await this.#file.writev([...batch]);
    if (bytesWritten < length) await this.#file.writeFile(Buffer.concat(batch).subarray(bytesWritten));
    this.#hashed.grown((this.#size += length));
  }
}
