import { randomBytes, randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { FolderBackupStore } from '#drivers/backup/folder/driver.ts';
import { digestOf } from '#drivers/backup/piece.ts';
import { TestDisk } from './volume-disk.ts';

let disk: TestDisk;

beforeAll(async () => {
  disk = await TestDisk.with('ext4', 16);
});

afterAll(() => disk.close());

it('leaves nothing half-written on a disk that is full, and goes on when there is room', async () => {
  const store = new FolderBackupStore({ directory: disk.directory });
  await store.list();
  const filler = join(disk.directory, 'filler');
  await exec('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k', 'status=none'], { okCodes: [1] });
  const bytes = randomBytes(4 << 20);
  const digest = await digestOf(bytes);
  await expect(store.put(digest, bytes)).rejects.toMatchObject({ kind: 'too-large' });
  expect(await store.missing([digest])).toEqual([digest]);
  expect(await readdir(join(disk.directory, 'aside'))).toEqual([]);
  await rm(filler);
  await store.put(digest, bytes);
  const id = randomUUID();
  const size = bytes.length;
  await store.putManifest(id, { version: 1, volumeId: id, bytes: size, pieceBytes: size, pieces: [digest] });
  expect(await store.verify(id)).toEqual([]);
});
