import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '#test/support/manual-clock.ts';
import { backupContract, PIECE } from '../contract.ts';
import { digestOf } from '../piece.ts';
import { FolderBackupStore } from './driver.ts';
import { GRACE } from './piece-files.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'hydria-backups-'));
const pathOf = (directory: string, digest: string) => join(directory, 'pieces', digest.slice(0, 2), digest);

async function piecesIn(directory: string): Promise<string[]> {
  const entries = await readdir(join(directory, 'pieces'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

backupContract('folder', async () => {
  const [directory, clock] = [await newFolder(), new ManualClock()];
  return {
    store: () => new FolderBackupStore({ directory, clock }),
    pieces: () => piecesIn(directory).catch(() => []),
    spoil: (digest) => writeFile(pathOf(directory, digest), 'spoilt'),
    lose: (digest) => rm(pathOf(directory, digest)),
    later: () => clock.advance(GRACE + 1),
    close: () => rm(directory, { recursive: true }),
  };
});

describe('backups in a folder', () => {
  let directory: string;
  let clock: ManualClock;
  let store: FolderBackupStore;
  const bytes = randomBytes(PIECE);
  let digest: string;

  beforeEach(async () => {
    [directory, clock, digest] = [await newFolder(), new ManualClock(), await digestOf(bytes)];
    store = new FolderBackupStore({ directory, clock });
  });

  afterEach(() => rm(directory, { recursive: true }));

  it('are compressed where that is smaller, and nobody else may read them', async () => {
    const zeros = Buffer.alloc(PIECE);
    const packed = await digestOf(zeros);
    await store.put(packed, zeros);
    await store.put(digest, bytes);
    const [small, plain] = [await stat(pathOf(directory, packed)), await stat(pathOf(directory, digest))];
    expect(small.size).toBeLessThan(100);
    expect(plain.size).toBe(PIECE + 1);
    expect(small.mode & 0o777).toBe(0o600);
  });

  it('keep a piece until the last moment in which a running backup may count on it', async () => {
    await store.put(digest, bytes);
    clock.advance(GRACE);
    await store.remove(randomUUID());
    expect(await piecesIn(directory)).toEqual([digest]);
    clock.advance(1);
    await store.remove(randomUUID());
    expect(await piecesIn(directory)).toEqual([]);
  });

  it('come back after a removal that was killed half-way', async () => {
    await store.put(digest, bytes);
    const id = randomUUID();
    await store.putManifest(id, {
      version: 1,
      volumeId: id,
      bytes: PIECE,
      pieceBytes: PIECE,
      pieces: [digest],
    });
    await rename(pathOf(directory, digest), join(directory, 'aside', digest));
    expect(await new FolderBackupStore({ directory, clock }).verify(id)).toEqual([]);
  });

  it('forget files that were never whole, when nobody can be writing them any more', async () => {
    await store.list();
    const part = join(directory, 'aside', `${randomUUID()}.part`);
    await writeFile(part, 'half');
    const now = new ManualClock(new Date().toISOString());
    await new FolderBackupStore({ directory, clock: now }).list();
    expect(await readFile(part, 'utf8')).toBe('half');
    now.advance(GRACE + 60_000);
    await new FolderBackupStore({ directory, clock: now }).list();
    expect(await readdir(join(directory, 'aside'))).toEqual([]);
  });

  it('remove no piece while a manifest cannot be read', async () => {
    await store.put(digest, bytes);
    await mkdir(join(directory, 'manifests'), { recursive: true });
    await writeFile(join(directory, 'manifests', `${randomUUID()}.json`), '{"pieces": [');
    clock.advance(GRACE + 1);
    await expect(store.remove(randomUUID())).rejects.toThrow();
    expect(await piecesIn(directory)).toEqual([digest]);
  });
});
