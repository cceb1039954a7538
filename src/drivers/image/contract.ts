import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import type { ImageStore } from './driver.ts';

export interface StoreHarness {
  /** The store as after a restart. */
  store(): ImageStore;
  /** All that the outside holds, named for the failure message. */
  holds(): Promise<string[]>;
  close(): Promise<void>;
}

/** What every store of images does. */
export function imageStoreContract(name: string, makeHarness: () => Promise<StoreHarness>): void {
  describe(`${name} as a store of images`, () => {
    let harness: StoreHarness;
    let store: ImageStore;
    let directory: string;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store();
      directory = await mkdtemp(join(tmpdir(), 'hydria-store-'));
    });
    afterEach(async () => {
      await harness.close();
      await rm(directory, { recursive: true });
    });

    const file = async (bytes: Uint8Array | string) => {
      const path = join(directory, newUuid());
      await writeFile(path, bytes);
      return path;
    };
    const read = async (stream: Promise<Readable>) => (await buffer(await stream)).toString('latin1');

    it('gives back what it was given, also after a restart, and leaves the file alone', async () => {
      const id = newUuid();
      const path = await file('hello world');
      await store.put(id, path);
      expect(await read(store.open(id))).toBe('hello world');
      expect(await read(harness.store().open(id))).toBe('hello world');
      expect(await readFile(path, 'utf8')).toBe('hello world');
    });

    it('keeps big images whole, and empty ones', async () => {
      const [big, empty] = [newUuid(), newUuid()];
      const bytes = Buffer.alloc(5_000_000, 'all of it, byte by byte. ');
      await store.put(big, await file(bytes));
      await store.put(empty, await file(''));
      expect((await buffer(await store.open(big))).equals(bytes)).toBe(true);
      expect(await read(store.open(empty))).toBe('');
    });

    it('gives ranges', async () => {
      const id = newUuid();
      await store.put(id, await file('0123456789'));
      expect(await read(store.open(id, { start: 2, end: 4 }))).toBe('234');
      expect(await read(store.open(id, { start: 9, end: 9 }))).toBe('9');
    });

    it('takes an image again, and the new data in the place of the old', async () => {
      const id = newUuid();
      const path = await file('same');
      await store.put(id, path);
      await store.put(id, path);
      expect(await read(store.open(id))).toBe('same');
      await store.put(id, await file('other'));
      expect(await read(store.open(id))).toBe('other');
      expect(await harness.holds()).toEqual([id]);
    });

    it('lists what it has', async () => {
      const ids = [newUuid(), newUuid(), newUuid()];
      for (const id of ids) await store.put(id, await file(id));
      expect((await store.list()).toSorted()).toEqual(ids.toSorted());
    });

    it('forgets an image, and does not mind one that it has not', async () => {
      const id = newUuid();
      await store.put(id, await file('gone'));
      await store.remove(id);
      await store.remove(id);
      await expect(store.open(id)).rejects.toMatchObject({ kind: 'not-found' });
      expect(await store.list()).toEqual([]);
      expect(await harness.holds()).toEqual([]);
    });

    it('holds nothing of what it was stopped to take, or could not read', async () => {
      const path = await file(Buffer.alloc(5_000_000));
      await expect(store.put(newUuid(), path, AbortSignal.abort())).rejects.toThrow(/abort/);
      await expect(store.put(newUuid(), join(directory, 'nothing'))).rejects.toThrow(/ENOENT/);
      expect(await harness.holds()).toEqual([]);
    });
  });
}
