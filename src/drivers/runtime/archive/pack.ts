import { constants, type Stats } from 'node:fs';
import { lstat, opendir, readlink, type FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Header, type Pack } from 'tar-stream';
import { isoTime } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import type { ArchiveContent, ArchiveLimits, ArchiveStat } from '../driver.ts';
import { goMode } from './go-mode.ts';
import { asAnswer, locate, openContent, openPlace, pathOf, type Place } from './jail.ts';

const { S_IFMT, S_IFREG, O_DIRECTORY } = constants;
const CHUNK = 256 * 1024;
/** Each level holds a file descriptor. */
const MAX_DEPTH = 1000;

/**
 * What is at a path of a jail, as tar.
 * @throws CloudError `not-found`, `bad-request`; `too-large` before the first byte
 */
export async function packPath(root: string, path: string, limits: ArchiveLimits): Promise<ArchiveContent> {
  const place = await locate(root, path);
  try {
    const stats = await lstat(place.path);
    const stat = await statOf(place, stats);
    const link = stats.isSymbolicLink();
    if (!link) await new Packer(limits, undefined).add(place.path, stat.name);
    const tar = pack();
    void fill(tar, place, () => new Packer(limits, tar).add(place.path, stat.name));
    return { stat, tar: Readable.from(tar as AsyncIterable<Uint8Array>, { objectMode: false }) };
  } catch (thrown) {
    await place[Symbol.asyncDispose]();
    throw asAnswer(thrown, path);
  }
}

/** All that is in a root, under names relative to it. */
export function packRoot(root: string, limits: ArchiveLimits): Readable {
  const tar = pack();
  const filling = async () => {
    await using place = await locate(root, '/');
    await new Packer(limits, tar).addContent(place.path, '');
  };
  void filling().then(
    () => tar.finalize(),
    (thrown: Error) => tar.destroy(thrown),
  );
  return Readable.from(tar as AsyncIterable<Uint8Array>, { objectMode: false });
}

async function fill(tar: Pack, place: Place, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    tar.finalize();
  } catch (thrown) {
    tar.destroy(thrown as Error);
  } finally {
    await place[Symbol.asyncDispose]();
  }
}

async function statOf(place: Place, stats: Stats): Promise<ArchiveStat> {
  const { size, mtime } = stats;
  const target = stats.isSymbolicLink() ? await readlink(place.path) : null;
  return {
    name: posix.basename(place.shown) || '/',
    size,
    mode: goMode(stats.mode),
    mtime: isoTime(mtime),
    linkTarget: target === null ? '' : posix.resolve(posix.dirname(place.shown), target),
  };
}

/** Walks a tree and writes it; without a tar, it only looks whether it is too large. */
class Packer {
  readonly #limits: ArchiveLimits;
  readonly #tar: Pack | undefined;
  /** Names of files with several, by device and number. */
  readonly #linked = new Map<string, string>();
  #bytes = 0;
  #entries = 0;

  constructor(limits: ArchiveLimits, tar: Pack | undefined) {
    this.#limits = limits;
    this.#tar = tar;
  }

  /** What vanishes while we look at its directory was never there. */
  async add(path: string, name: string, depth = 0): Promise<void> {
    await using place = await openPlace(path).catch(absent);
    if (!place) return;
    const stats = await place.stat();
    this.#count(stats);
    if (stats.isDirectory()) {
      await this.#write({ ...headerOf(stats), name: name === '/' ? './' : `${name}/`, type: 'directory' });
      await this.addContent(pathOf(place), name === '/' ? '' : `${name}/`, depth);
    } else if (stats.isFile()) await this.#addFile(place, stats, name);
    else if (stats.isSymbolicLink()) await this.#addLink(path, name, stats);
    else await this.#addSpecial(name, stats);
  }

  async addContent(path: string, prefix: string, depth = 0): Promise<void> {
    if (depth > MAX_DEPTH) throw tooLarge(`It is more than ${MAX_DEPTH} directories deep.`);
    await using directory = await openPlace(`${path}/.`, O_DIRECTORY);
    for await (const { name } of await opendir(pathOf(directory)))
      await this.add(`${pathOf(directory)}/${name}`, prefix + name, depth + 1);
  }

  #count({ size, mode }: Stats): void {
    const { maxBytes, maxEntries } = this.#limits;
    this.#bytes += (mode & S_IFMT) === S_IFREG ? size : 0;
    if (this.#bytes > maxBytes) throw tooLarge(`It is more than ${maxBytes} bytes.`);
    if (++this.#entries > maxEntries) throw tooLarge(`It is more than ${maxEntries} files.`);
  }

  async #addFile(place: FileHandle, stats: Stats, name: string): Promise<void> {
    const first = this.#firstName(stats, name);
    if (first !== undefined)
      return this.#write({ ...headerOf(stats), name, type: 'link', linkname: first, size: 0 });
    if (!this.#tar) return;
    await using file = await openContent(place);
    await this.#write(
      { ...headerOf(stats), name, type: 'file', size: stats.size },
      exactly(file, stats.size),
    );
  }

  #firstName({ nlink, dev, ino }: Stats, name: string): string | undefined {
    if (nlink < 2) return undefined;
    const key = `${dev}:${ino}`;
    const first = this.#linked.get(key);
    if (first === undefined) this.#linked.set(key, name);
    return first;
  }

  async #addLink(path: string, name: string, stats: Stats): Promise<void> {
    const linkname = await readlink(path).catch(absent);
    if (linkname !== undefined) await this.#write({ ...headerOf(stats), name, type: 'symlink', linkname });
  }

  async #addSpecial(name: string, stats: Stats): Promise<void> {
    const type = stats.isFIFO()
      ? 'fifo'
      : stats.isCharacterDevice()
        ? 'character-device'
        : stats.isBlockDevice()
          ? 'block-device'
          : null;
    // A socket is nothing without the program that listens.
    if (type === null) return;
    const [devmajor, devminor] = [major(stats.rdev), minor(stats.rdev)];
    await this.#write({ ...headerOf(stats), name, type, devmajor, devminor });
  }

  async #write(
    header: Partial<Header> & Pick<Header, 'name'>,
    content: AsyncIterable<Uint8Array> = nothing(),
  ): Promise<void> {
    if (this.#tar) await pipeline(content, this.#tar.entry(header) as unknown as Writable); // a stream of streamx, which pipeline takes
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** As many bytes as were promised: a file that shrinks meanwhile is filled with zeros, what it grows by is left out. */
async function* exactly(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0;) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(Math.min(CHUNK, left)) });
    const chunk = bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
    left -= chunk.length;
    yield chunk;
  }
}

const headerOf = ({ mode, uid, gid, mtime }: Stats) => ({
  mode: mode & 0o7777,
  uid,
  gid,
  mtime,
});

// gnu_dev_major(3)
const major = (device: number): number => (Math.floor(device / 256) & 0xfff) >>> 0;
const minor = (device: number): number => ((device & 0xff) | (Math.floor(device / 4096) & 0xfff00)) >>> 0;

const tooLarge = (why: string): CloudError => new CloudError('too-large', `The archive is too large. ${why}`);

function absent(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  return undefined;
}
