import { open, stat, type FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describeImage, type ImageArchive, type LayerContent, type LayerSource } from './archive.ts';
import { digestInName } from './archive-index.ts';
import { entryPath } from './entry-path.ts';
import { fileBytes } from './files.ts';
import type { ArchiveLimits } from './limits.ts';
import type { ImageIndex } from './manifest.ts';
import { refusal, shown } from './refusal.ts';

/** An OCI layout whose blobs may be elsewhere. */
export interface LayoutPlace {
  /** Holds `index.json`. */
  readonly directory: string;
  /** Holds `sha256/<hex>`. */
  readonly blobs: string;
}

/**
 * An image in directories instead of an archive. Whoever wrote them wrote plain files: links are nobody's here.
 * @throws CloudError `bad-request` that names what is wrong with it
 */
export async function readLayout(
  place: LayoutPlace,
  limits: ArchiveLimits,
  signal?: AbortSignal,
): Promise<ImageArchive> {
  const index = new LayoutIndex(place, limits);
  const { layers, byPath, ...image } = await describeImage(index, limits);
  return { ...image, layers, contents: () => contents(index, byPath, signal) };
}

async function* contents(
  index: LayoutIndex,
  byPath: ReadonlyMap<string, LayerSource>,
  signal?: AbortSignal,
): AsyncGenerator<LayerContent> {
  for (const layer of byPath.values()) yield { layer, content: fileBytes(index.fileOf(layer.path), signal) };
}

class LayoutIndex implements ImageIndex {
  readonly #place: LayoutPlace;
  readonly #limits: ArchiveLimits;

  constructor(place: LayoutPlace, limits: ArchiveLimits) {
    this.#place = place;
    this.#limits = limits;
  }

  async has(name: string): Promise<boolean> {
    return (await this.#size(name)) !== null;
  }

  async locate(name: string): Promise<string> {
    const path = entryPath(name, this.#limits, 'the layout');
    if (!(await this.has(path))) throw refusal(`${shown(path)} is missing from it`);
    return path;
  }

  async sizeOf(name: string): Promise<number> {
    return (await this.#size(name)) ?? 0;
  }

  async document(name: string): Promise<unknown> {
    const text = await this.#read(await this.locate(name));
    const digest = digestInName(name);
    if (digest !== null && createHash('sha256').update(text).digest('hex') !== digest)
      throw refusal(`the content of ${shown(name)} does not match its digest`);
    try {
      return JSON.parse(text.toString('utf8'));
    } catch (cause) {
      throw refusal(`${shown(name)} is no valid JSON`, cause);
    }
  }

  fileOf(path: string): string {
    const { directory, blobs } = this.#place;
    return path.startsWith('blobs/') ? join(blobs, path.slice('blobs/'.length)) : join(directory, path);
  }

  async #read(path: string): Promise<Buffer> {
    const file: FileHandle = await open(this.fileOf(path));
    try {
      const { documentBytes } = this.#limits;
      if ((await file.stat()).size > documentBytes)
        throw refusal(`${shown(path)} is too large for a document`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  #size(path: string): Promise<number | null> {
    return stat(this.fileOf(path)).then(
      (found) => (found.isFile() ? found.size : null),
      () => null,
    );
  }
}
