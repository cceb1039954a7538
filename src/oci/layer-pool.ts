import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { renameDurably } from '#kernel/durable.ts';
import { exec } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import type { LayerContent } from './archive.ts';
import type { Budget } from './budget.ts';
import { KeyedLock } from './keyed-lock.ts';
import { unpackLayer } from './unpack.ts';

export interface LayerPoolDeps {
  /** Holds `<sha256>/` per layer, and nothing else. */
  readonly directory: string;
  /** On the same file system. */
  readonly temporary: string;
}

/**
 * Unpacked layers by digest. One that is there is whole, on disk, and never changes; until `keep` it is a draft, which
 * whoever holds it shares.
 */
export class LayerPool {
  readonly #deps: LayerPoolDeps;
  readonly #lock = new KeyedLock();
  readonly #holders = new Map<string, number>();
  /** Unpacked, but perhaps not on disk yet; where. */
  readonly #drafts = new Map<string, string>();

  constructor(deps: LayerPoolDeps) {
    this.#deps = deps;
  }

  pathOf(diffId: string): string {
    return join(this.#deps.directory, diffId.replace('sha256:', ''));
  }

  has(diffId: string): Promise<boolean> {
    return access(this.pathOf(diffId)).then(
      () => true,
      () => false,
    );
  }

  async list(): Promise<string[]> {
    return (await readdir(this.#deps.directory)).map((name) => `sha256:${name}`);
  }

  /**
   * Unpacks a layer unless it is there; whoever asks for one that is being unpacked waits for it. To be called while holding
   * it, and to be kept afterwards.
   */
  async ensure(content: LayerContent, budget: Budget): Promise<void> {
    const { diffId } = content.layer;
    await this.#lock.run(diffId, async () => {
      if (!this.#drafts.has(diffId) && !(await this.has(diffId))) await this.#unpack(content, budget);
    });
  }

  /** Puts drafts on disk, all at once, and makes them layers. */
  async keep(diffIds: readonly string[]): Promise<void> {
    if (!diffIds.some((diffId) => this.#drafts.has(diffId))) return;
    await exec('sync', ['--file-system', this.#deps.temporary], { timeout: SYNC_TIMEOUT });
    for (const diffId of diffIds)
      await this.#lock.run(diffId, async () => {
        const draft = this.#drafts.get(diffId);
        if (draft === undefined) return;
        await renameDurably(join(draft, ROOT), this.pathOf(diffId));
        await this.#dropDraft(diffId);
      });
  }

  /** Keeps layers from being removed while `work` runs, also those that are not there yet. */
  async holding<T>(diffIds: readonly string[], work: () => Promise<T>): Promise<T> {
    const count = (diffId: string, by: number) =>
      this.#holders.set(diffId, (this.#holders.get(diffId) ?? 0) + by);
    for (const diffId of diffIds) count(diffId, 1);
    try {
      return await work();
    } finally {
      for (const diffId of diffIds) if (count(diffId, -1).get(diffId) === 0) this.#holders.delete(diffId);
    }
  }

  /** Removes those of the layers that nobody holds and `isUsed` does not claim. @returns how many were there */
  async removeUnused(diffIds: Iterable<string>, isUsed: (diffId: string) => boolean): Promise<number> {
    let removed = 0;
    for (const diffId of new Set(diffIds))
      await this.#lock.run(diffId, async () => {
        if (isUsed(diffId) || this.#holders.has(diffId)) return;
        await this.#dropDraft(diffId);
        if (!(await this.has(diffId))) return;
        await this.#remove(diffId);
        removed++;
      });
    return removed;
  }

  async #unpack(content: LayerContent, budget: Budget): Promise<void> {
    const draft = join(this.#deps.temporary, newUuid());
    await mkdir(join(draft, ROOT), { recursive: true });
    try {
      await unpackLayer(content, join(draft, ROOT), budget);
    } catch (thrown) {
      await rm(draft, { recursive: true, force: true });
      throw thrown;
    }
    this.#drafts.set(content.layer.diffId, draft);
  }

  async #dropDraft(diffId: string): Promise<void> {
    const draft = this.#drafts.get(diffId);
    if (draft === undefined) return;
    await rm(draft, { recursive: true, force: true });
    this.#drafts.delete(diffId);
  }

  /** A half removed layer must not look like a layer. */
  async #remove(diffId: string): Promise<void> {
    const path = this.pathOf(diffId);
    const temporary = join(this.#deps.temporary, `${basename(path)}.${newUuid()}`);
    await rename(path, temporary);
    await rm(temporary, { recursive: true, force: true });
  }
}

/** In a draft, which may hold more while it is made. */
const ROOT = 'root';
const SYNC_TIMEOUT = 300_000; // it waits for whatever else the file system has to write
