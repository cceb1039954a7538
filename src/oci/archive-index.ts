import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { decompressed, type Bytes } from './compression.ts';
import { entryPath } from './entry-path.ts';
import type { ArchiveLimits } from './limits.ts';
import type { ImageIndex } from './manifest.ts';
import { refusal, shown } from './refusal.ts';
import { tarEntries, withItsEnd, type TarEntry } from './tar.ts';

const WHAT = 'the archive';
const DOCUMENTS_KEPT = 4; // times `documentBytes`
const LINK_HOPS = 8;

interface IndexedFile {
  readonly size: number;
  /** Kept for small files that may be JSON. */
  readonly text: Buffer | null;
}

/** What an archive holds: which files, and the text of its JSON documents. Files named by their digest have been checked. */
export class ArchiveIndex implements ImageIndex {
  readonly #limits: ArchiveLimits;
  readonly #files = new Map<string, IndexedFile>();
  readonly #links = new Map<string, string>();
  #kept = 0;

  private constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Reads the archive once from start to end. */
  static async read(source: Bytes, limits: ArchiveLimits): Promise<ArchiveIndex> {
    const index = new ArchiveIndex(limits);
    for await (const entry of archiveEntries(source, limits)) await index.#add(entry);
    if (index.#files.size === 0) throw refusal('it is empty, or no tar file');
    return index;
  }

  async has(name: string): Promise<boolean> {
    return this.#files.has(this.#follow(name));
  }

  /** Links lead from one file to the other in archives of old Docker. */
  async locate(name: string): Promise<string> {
    const path = this.#follow(entryPath(name, this.#limits, WHAT));
    if (!this.#files.has(path)) throw refusal(`${shown(name)} is missing from it`);
    return path;
  }

  async sizeOf(name: string): Promise<number> {
    return this.#files.get(await this.locate(name))?.size ?? 0;
  }

  async document(name: string): Promise<unknown> {
    const text = this.#files.get(await this.locate(name))?.text;
    if (!text) throw refusal(`${shown(name)} is no JSON document, or too large for one`);
    try {
      return JSON.parse(text.toString('utf8'));
    } catch (cause) {
      throw refusal(`${shown(name)} is no valid JSON`, cause);
    }
  }

  async #add(entry: TarEntry): Promise<void> {
    const path = entryPath(entry.name, this.#limits, WHAT);
    if (entry.type === 'directory') return;
    if (this.#files.has(path) || this.#links.has(path)) throw refusal(`${shown(path)} is in it twice`);
    if (this.#files.size + this.#links.size >= this.#limits.archiveEntries)
      throw refusal(`it holds more than ${this.#limits.archiveEntries} files`);
    if (entry.type === 'file') this.#files.set(path, await this.#readFile(path, entry));
    else this.#links.set(path, linkTarget(path, entry));
  }

  async #readFile(path: string, entry: TarEntry): Promise<IndexedFile> {
    const digest = digestInName(path);
    const hash = digest === null ? null : createHash('sha256');
    const chunks: Uint8Array[] = [];
    let keeping = entry.size <= this.#limits.documentBytes;
    for await (const chunk of entry.content) {
      hash?.update(chunk);
      keeping &&= this.#mayKeep(chunk, chunks.length === 0);
      if (keeping) chunks.push(chunk);
    }
    if (digest !== null && hash?.digest('hex') !== digest)
      throw refusal(`the content of ${shown(path)} does not match its digest`);
    return { size: entry.size, text: keeping ? Buffer.concat(chunks) : null };
  }

  /** Layers begin with a file name or a compressor's magic, documents with a bracket. */
  #mayKeep(chunk: Uint8Array, first: boolean): boolean {
    if (first && !/^\s*[[{]/.test(Buffer.from(chunk.subarray(0, 16)).toString('latin1'))) return false;
    this.#kept += chunk.length;
    return this.#kept <= this.#limits.documentBytes * DOCUMENTS_KEPT;
  }

  #follow(name: string): string {
    let path = name;
    for (let hops = 0; hops < LINK_HOPS; hops++) path = this.#links.get(path) ?? path;
    return path;
  }
}

/** The members of an archive, whatever compresses it. */
export const archiveEntries = (source: Bytes, limits: ArchiveLimits): AsyncGenerator<TarEntry> =>
  tarEntries(withItsEnd(decompressed(source, limits, WHAT)), WHAT);

/** The sha256 that a file's name promises: `blobs/sha256/<hex>`, `<hex>.json`, `sha256:<hex>`. */
export const digestInName = (path: string): string | null =>
  /^(?:blobs\/sha256\/|sha256:)?([0-9a-f]{64})(?:\.json)?$/.exec(path)?.[1] ?? null;

function linkTarget(path: string, entry: TarEntry): string {
  const from = entry.type === 'symlink' ? posix.dirname(path) : '.';
  const target = posix.join(from, entry.target);
  if (entry.target.startsWith('/') || /^\.\.(\/|$)/.test(target))
    throw refusal(`the link ${shown(path)} leads out of it to ${shown(entry.target)}`);
  return target;
}
