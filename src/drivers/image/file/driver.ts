import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CloudError, notFound } from '#kernel/errors.ts';
import type { ByteRange, ImageStore, StagedData, StageOptions } from '../driver.ts';

const STAGED = '.part';
const CHUNK = 1 << 20;

/** One file per image in one directory. */
export class FileImageStore implements ImageStore {
  readonly name = 'file';
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async stage(id: string, source: Readable, options: StageOptions): Promise<StagedData> {
    await mkdir(this.#directory, { recursive: true });
    const meter = new Meter(options.maxBytes);
    const file = createWriteStream(this.stagedPath(id), { flush: true, highWaterMark: CHUNK });
    try {
      // The source stays open: a request that is destroyed cannot be answered.
      await pipeline(
        source.iterator({ destroyOnReturn: false }),
        meter,
        file,
        options.signal ? { signal: options.signal } : {},
      );
    } catch (thrown) {
      await this.discard(id);
      throw thrown;
    }
    return meter.result();
  }

  stagedPath(id: string): string {
    return this.#path(id) + STAGED;
  }

  async commit(id: string): Promise<void> {
    await rename(this.stagedPath(id), this.#path(id));
    await syncDirectory(this.#directory);
  }

  async discard(id: string): Promise<void> {
    await rm(this.stagedPath(id), { force: true });
  }

  async open(id: string, range?: ByteRange): Promise<Readable> {
    const path = this.#path(id);
    await stat(path).catch((cause: unknown) => {
      throw notFound(`No data found for image ${id}.`, { cause });
    });
    return createReadStream(path, { highWaterMark: CHUNK, ...range });
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
    await this.discard(id);
  }

  async list(): Promise<{ stored: string[]; staged: string[] }> {
    await mkdir(this.#directory, { recursive: true });
    const names = await readdir(this.#directory);
    return {
      stored: names.filter((name) => !name.endsWith(STAGED)),
      staged: names.filter((name) => name.endsWith(STAGED)).map((name) => name.slice(0, -STAGED.length)),
    };
  }

  #path(id: string): string {
    if (!/^[\w-]+$/.test(id)) throw new Error(`'${id}' cannot be a file name.`);
    return join(this.#directory, id);
  }
}

/** Counts, limits and hashes what passes. */
class Meter extends Transform {
  readonly #md5 = createHash('md5');
  readonly #sha512 = createHash('sha512');
  readonly #maxBytes: number;
  #size = 0;

  constructor(maxBytes: number) {
    super({ highWaterMark: CHUNK });
    this.#maxBytes = maxBytes;
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      done(new CloudError('too-large', `The image data exceeds the limit of ${this.#maxBytes} bytes.`));
      return;
    }
    this.#md5.update(chunk);
    this.#sha512.update(chunk);
    done(null, chunk);
  }

  result(): StagedData {
    return { size: this.#size, md5: this.#md5.digest('hex'), sha512: this.#sha512.digest('hex') };
  }
}

/** A rename is durable once its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
