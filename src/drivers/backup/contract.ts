import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupManifest, BackupStore } from './driver.ts';

/** One place for one test. */
export interface BackupHarness {
  /** A new store on the same place, as after a restart of control. */
  store(): BackupStore;
  /** Digests of all that is kept. */
  pieces(): Promise<string[]>;
  /** Changes what is kept of a piece, behind the store's back. */
  spoil(digest: string): Promise<void>;
  lose(digest: string): Promise<void>;
  /** Lets so much time pass that no backup from before can still be running. */
  later(): void;
  close(): Promise<void>;
}

export const PIECE = 4096;

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What every backup store promises, wherever it keeps its pieces. */
export function backupContract(name: string, makeHarness: () => Promise<BackupHarness>): void {
  describe(`backup store ${name}`, () => {
    let harness: BackupHarness;
    let store: BackupStore;

    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store();
    });

    afterEach(() => harness.close());

    const piece = async (bytes: Uint8Array = randomBytes(PIECE)): Promise<string> => {
      await store.put(digestOf(bytes), bytes);
      return digestOf(bytes);
    };
    const manifestOf = (pieces: readonly (string | null)[]): BackupManifest => ({
      version: 1,
      volumeId: randomUUID(),
      bytes: PIECE * pieces.length,
      pieceBytes: PIECE,
      pieces,
    });
    const backup = async (...pieces: readonly (string | null)[]): Promise<string> => {
      const id = randomUUID();
      await store.putManifest(id, manifestOf(pieces));
      return id;
    };

    describe('pieces', () => {
      it.each([
        ['random bytes', randomBytes(PIECE)],
        ['bytes that can be compressed', Buffer.alloc(PIECE, 'hydria')],
        ['one byte', Buffer.of(1)],
        ['compressed bytes', Buffer.from('28b52ffd0400410000', 'hex')],
      ])('come back as they were: %s', async (_, bytes) => {
        const digest = await piece(bytes);
        expect(Buffer.from(await harness.store().get(digest))).toEqual(bytes);
      });

      it('are kept once, however often they are put', async () => {
        const bytes = randomBytes(PIECE);
        const digest = digestOf(bytes);
        await Promise.all([
          store.put(digest, bytes),
          store.put(digest, bytes),
          harness.store().put(digest, bytes),
        ]);
        expect(await harness.pieces()).toEqual([digest]);
      });

      it('are told from those that are missing', async () => {
        const [here, absent] = [await piece(), digestOf(randomBytes(8))];
        expect(await store.missing([here, absent, absent])).toEqual([absent]);
        expect(await store.missing([])).toEqual([]);
      });

      it('must have the digest that they are put under', async () => {
        const digest = digestOf(randomBytes(8));
        await expect(store.put(digest, Buffer.from('other'))).rejects.toMatchObject({ kind: 'bad-request' });
        expect(await harness.pieces()).toEqual([]);
      });

      it.each(['', '../../etc/passwd', 'A'.repeat(64), 'a'.repeat(63)])(
        'are refused under the digest %j',
        async (digest) => {
          const refusal = { kind: 'bad-request' };
          await expect(store.put(digest, Buffer.of(1))).rejects.toMatchObject(refusal);
          await expect(store.get(digest)).rejects.toMatchObject(refusal);
          await expect(store.missing([digest])).rejects.toMatchObject(refusal);
          await expect(backup(digest)).rejects.toMatchObject(refusal);
        },
      );

      it('cannot be asked for by more than a thousand at once', async () => {
        const digest = digestOf(Buffer.of(1));
        await expect(store.missing(Array<string>(1001).fill(digest))).rejects.toMatchObject({
          kind: 'bad-request',
        });
      });

      it('are not given out when they are absent or spoilt, and are mended by putting them again', async () => {
        const bytes = randomBytes(PIECE);
        const digest = await piece(bytes);
        await harness.spoil(digest);
        await expect(store.get(digest)).rejects.toMatchObject({ kind: 'internal' });
        await store.put(digest, bytes);
        expect(Buffer.from(await store.get(digest))).toEqual(bytes);
        await harness.lose(digest);
        await expect(store.get(digest)).rejects.toMatchObject({ kind: 'not-found' });
      });
    });

    describe('backups', () => {
      it('exist once their manifest does', async () => {
        const [digest, id] = [await piece(), randomUUID()];
        expect(await store.list()).toEqual([]);
        await expect(store.getManifest(id)).rejects.toMatchObject({ kind: 'not-found' });
        const manifest = manifestOf([digest, null, digest]);
        await store.putManifest(id, manifest);
        await store.putManifest(id, manifest);
        const restarted = harness.store();
        expect(await restarted.list()).toEqual([id]);
        expect(await restarted.getManifest(id)).toEqual(manifest);
      });

      it('need all their pieces', async () => {
        const here = await piece();
        await expect(backup(here, digestOf(randomBytes(8)))).rejects.toMatchObject({ kind: 'conflict' });
        expect(await store.list()).toEqual([]);
      });

      it('must have as many pieces as their bytes are', async () => {
        const manifest = { ...manifestOf([null]), bytes: PIECE + 1 };
        await expect(store.putManifest(randomUUID(), manifest)).rejects.toMatchObject({
          kind: 'bad-request',
        });
      });

      it('tell which of their pieces are absent or spoilt', async () => {
        const [good, spoilt, lost] = [await piece(), await piece(), await piece()];
        const id = await backup(good, spoilt, null, lost, spoilt);
        expect(await store.verify(id)).toEqual([]);
        await harness.spoil(spoilt);
        await harness.lose(lost);
        expect((await store.verify(id)).toSorted()).toEqual([spoilt, lost].toSorted());
      });

      it.each(['', '..', '../x'])('are refused under the id %j', async (id) => {
        const refusal = { kind: 'bad-request' };
        await expect(store.putManifest(id, manifestOf([]))).rejects.toMatchObject(refusal);
        await expect(store.getManifest(id)).rejects.toMatchObject(refusal);
        await expect(store.remove(id)).rejects.toMatchObject(refusal);
      });
    });

    describe('removal', () => {
      it('takes the pieces that no other backup has, twice without harm', async () => {
        const [shared, own] = [await piece(), await piece()];
        const [first, second] = [await backup(shared, own), await backup(shared)];
        harness.later();
        await store.remove(first);
        await store.remove(first);
        expect(await store.list()).toEqual([second]);
        expect(await harness.pieces()).toEqual([shared]);
        expect(await store.verify(second)).toEqual([]);
      });

      it('leaves a piece that a running backup was told is here', async () => {
        const digest = await piece();
        const old = await backup(digest);
        harness.later();
        expect(await store.missing([digest])).toEqual([]);
        await harness.store().remove(old);
        const running = await backup(digest);
        expect(await store.verify(running)).toEqual([]);
      });

      it('takes what a backup that never ended had put, in the course of time', async () => {
        await piece();
        const id = await backup(null);
        harness.later();
        await store.remove(id);
        expect(await harness.pieces()).toEqual([]);
      });

      it('is not needed for it: a sweep takes the same pieces, and no other', async () => {
        const [wanted] = [await piece(), await piece()];
        const id = await backup(wanted);
        await store.sweep();
        expect(await harness.pieces()).toHaveLength(2);
        harness.later();
        const young = await piece();
        await Promise.all([store.sweep(), harness.store().sweep()]);
        expect((await harness.pieces()).toSorted()).toEqual([wanted, young].toSorted());
        expect(await store.verify(id)).toEqual([]);
      });

      it('never leaves a backup without its pieces, whatever else goes on', async () => {
        const contents = Array.from({ length: 8 }, () => randomBytes(64));
        const digests = contents.map(digestOf);
        const one = async (place: BackupStore, id: string) => {
          for (const digest of await place.missing(digests))
            await place.put(digest, contents[digests.indexOf(digest)] ?? Buffer.alloc(0));
          await place.putManifest(id, manifestOf(digests));
        };
        const stores = [store, harness.store(), harness.store()];
        for (let round = 0; round < 20; round += 1) {
          const old = randomUUID();
          await one(store, old);
          harness.later();
          const ids = stores.map(() => randomUUID());
          const [, ...made] = await Promise.allSettled([
            stores[2]?.remove(old),
            ...stores.map((place, index) => one(place, ids[index] ?? '')),
          ]);
          for (const [index, result] of made.entries())
            if (result.status === 'fulfilled') expect(await store.verify(ids[index] ?? '')).toEqual([]);
            else expect(result.reason).toMatchObject({ kind: 'conflict', retryable: true });
          await one(store, ids[0] ?? ''); // again, as after a conflict
          expect(await store.verify(ids[0] ?? '')).toEqual([]);
          for (const id of ids) await store.remove(id);
        }
      });
    });
  });
}
