import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { asDiskFull, renameDurably, syncPath } from '#kernel/durable.ts';
import { notFound } from '#kernel/errors.ts';
import type { ByteRange, ImageStore } from '../driver.ts';

const PART = '.part';
const CHUNK = 1 << 18;

/** One file per image in one directory. What is on the same file system is linked there, not copied. */
export class FileImageStore implements ImageStore {
  readonly kind = 'file';
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(id: string, path: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await mkdir(this.#directory, { recursive: true });
    const target = this.#path(id);
    const part = target + PART;
    try {
      await rm(part, { force: true });
      await linkOrCopy(path, part);
      await syncPath(part);
      signal?.throwIfAborted();
      await renameDurably(part, target);
      await rm(part, { force: true }); // a rename onto a link of the same file does nothing
    } catch (thrown) {
      await rm(part, { force: true });
      throw asDiskFull(thrown, 'There is not enough space left to store the image.');
    }
  }

  async open(id: string, range?: ByteRange): Promise<Readable> {
    const file = await open(this.#path(id)).catch((cause: unknown) => {
      throw notFound(`No data found for image ${id}.`, { cause });
    });
    return file.createReadStream({ highWaterMark: CHUNK, ...range });
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
    await rm(this.#path(id) + PART, { force: true });
  }

  async list(): Promise<string[]> {
    await mkdir(this.#directory, { recursive: true });
    const names = (await readdir(this.#directory, { withFileTypes: true })).filter((entry) => entry.isFile());
    return [...new Set(names.map(({ name }) => name.replace(/\.part$/, '')))];
  }

  #path(id: string): string {
    if (!/^[\w-]+$/.test(id)) throw new Error(`'${id}' cannot be a file name.`);
    return join(this.#directory, id);
  }
}

/** Another file system takes a copy: shared blocks where it can, holes and all where it cannot. */
async function linkOrCopy(path: string, target: string): Promise<void> {
  try {
    await link(path, target);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EXDEV') throw thrown;
    await copyFile(path, target, constants.COPYFILE_FICLONE);
  }
}
