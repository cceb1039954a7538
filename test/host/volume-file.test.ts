import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { exec, start } from '#kernel/exec.ts';
import { volumeContract, type VolumeHarness } from '#drivers/volume/contract.ts';
import { FileVolumeDriver } from '#drivers/volume/file/driver.ts';
import { loopDevices } from '#drivers/volume/file/loop-devices.ts';
import { bytesOf, readFrom, TestDisk, writeTo, type FileSystem } from './volume-disk.ts';

const MIB = 1 << 20;
const GIB = 1 << 30;

/** Loop devices of files below the folder. */
const devicesIn = async (folder: string): Promise<[file: string, path: string][]> =>
  [...(await loopDevices.list())]
    .filter(([file]) => file.startsWith(`${folder}/`))
    .map(([file, { path }]) => [file, path]);

const isReadOnly = async (device: string): Promise<boolean> =>
  (await exec('blockdev', ['--getro', device])).stdout.trim() === '1';

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function harnessIn(parent: string): Promise<VolumeHarness & { readonly directory: string }> {
  const directory = await mkdtemp(join(parent, 'hydria-volumes-'));
  return {
    directory,
    driver: (step) => new FileVolumeDriver({ directory, ...(step ? { step } : {}) }),
    bytesOf,
    read: readFrom,
    write: writeTo,
    leftovers: async () => [...(await devicesIn(directory)).flat(), ...(await filesIn(directory))],
    close: async () => {
      for (const [, device] of await devicesIn(directory)) await loopDevices.detach(device);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe.each<FileSystem>(['xfs', 'ext4'])('on %s', (fileSystem) => {
  let disk: TestDisk;

  beforeAll(async () => {
    disk = await TestDisk.with(fileSystem, 512);
  });

  afterAll(() => disk.close());

  volumeContract('file', () => harnessIn(disk.directory));

  describe('volumes in files', () => {
    let harness: Awaited<ReturnType<typeof harnessIn>>;
    let driver: FileVolumeDriver;

    beforeEach(async () => {
      harness = await harnessIn(disk.directory);
      driver = new FileVolumeDriver(harness);
      await driver.recover();
    });

    afterEach(() => harness.close());

    const attached = async (bytes: number) => {
      const id = randomUUID();
      await driver.ensureVolume(id, bytes);
      return { id, device: (await driver.attach(id, 'rw')).path };
    };

    it('leave their device as writable as it was', async () => {
      const { id, device } = await attached(64 * MIB);
      await driver.attach(id, 'ro');
      expect(await isReadOnly(device)).toBe(true);
      await driver.detach(id);
      expect(await isReadOnly(device)).toBe(false);
    });

    it('take only the space that is written', async () => {
      const { id, device } = await attached(4 * GIB);
      await writeTo(device, 2 * GIB, 'hello');
      const { path } = await driver.cloneToDraft(randomUUID(), 4 * GIB, { volume: id });
      expect((await stat(path)).size).toBe(4 * GIB);
      expect((await stat(path)).blocks * 512).toBeLessThan(MIB);
    });

    it('leave nothing when the disk is full', async () => {
      const { id, device } = await attached(64 * MIB);
      await exec('dd', ['if=/dev/urandom', `of=${device}`, 'bs=1M', 'count=64', 'conv=fsync', 'status=none']);
      const { free } = await driver.capacity();
      const filler = join(disk.directory, 'filler');
      await exec('fallocate', ['-l', String(Math.floor(free - 16 * MIB)), filler]);
      const [clone, snapshot] = [randomUUID(), randomUUID()];
      const results = await Promise.allSettled([
        driver.cloneToDraft(clone, 64 * MIB, { volume: id }),
        driver.ensureSnapshot(snapshot, id),
      ]);
      await rm(filler);
      const inventory = await driver.list();
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ kind: 'too-large' });
      expect(inventory.drafts).toHaveLength(results[0]?.status === 'fulfilled' ? 1 : 0);
      expect(inventory.snapshots).toHaveLength(results[1]?.status === 'fulfilled' ? 1 : 0);
      expect(results.map(({ status }) => status)).toEqual(
        Array(2).fill(fileSystem === 'xfs' ? 'fulfilled' : 'rejected'),
      );
      expect((await filesIn(harness.directory)).filter((name) => name.endsWith('.part'))).toEqual([]);
    });

    it.runIf(fileSystem === 'ext4')('refuse a size that no file can have', async () => {
      const id = randomUUID();
      await expect(driver.draft(id, 2 ** 50)).rejects.toMatchObject({ kind: 'too-large' });
      await expect(driver.ensureVolume(id, 2 ** 50)).rejects.toMatchObject({ kind: 'too-large' });
      expect(await harness.leftovers()).toEqual([]);
    });

    it('have snapshots of one moment while they are written to, or none', async () => {
      const { id, device } = await attached(16 * MIB);
      const [near, far] = [0, 15 * MIB];
      const stop = new AbortController();
      let count = 0;
      const begun = Promise.withResolvers<void>();
      const writer = (async () => {
        for (; !stop.signal.aborted; count += 1) {
          for (const offset of [near, far]) await writeTo(device, offset, String(count).padStart(8, '0'));
          begun.resolve();
        }
      })();
      await begun.promise;
      const snapshots = await Promise.allSettled(
        Array.from({ length: 5 }, async () => {
          const snapshot = randomUUID();
          await driver.ensureSnapshot(snapshot, id);
          const content = await readFile((await driver.open({ snapshot })).path);
          const numberAt = (offset: number) => Number(content.toString('latin1', offset, offset + 8));
          return numberAt(near) - numberAt(far);
        }),
      );
      stop.abort();
      await writer;
      expect(count).toBeGreaterThan(1);
      for (const result of snapshots)
        if (result.status === 'fulfilled') expect([0, 1]).toContain(result.value);
        else expect(result.reason).toMatchObject({ kind: 'conflict', retryable: true });
      if (fileSystem === 'xfs') expect(snapshots.map(({ status }) => status)).not.toContain('rejected');
      await driver.ensureSnapshot(randomUUID(), id); // in a quiet moment
    });

    it('are found by where they really are, also through a link', async () => {
      const link = join(harness.directory, 'link');
      await exec('ln', ['-s', harness.directory, link]);
      const { id, device } = await attached(MIB);
      const other = new FileVolumeDriver({ directory: link });
      await other.recover();
      expect((await other.attach(id, 'rw')).path).toBe(device);
    });

    it('stay attached while they are in use, and say so', async () => {
      const { id, device } = await attached(MIB);
      const user = await open(device, 'r');
      const busy = { kind: 'conflict', retryable: true };
      await expect(driver.detach(id)).rejects.toMatchObject(busy);
      await expect(driver.attach(id, 'rw')).rejects.toMatchObject(busy);
      await expect(driver.removeVolume(id)).rejects.toMatchObject({ kind: 'conflict' });
      await user.close();
      await vi.waitFor(() => driver.removeVolume(id));
      expect(await harness.leftovers()).toEqual([]);
    });

    it('forget what was half made when the process was killed', async () => {
      const { id } = await attached(MIB);
      const script = join(import.meta.dirname, 'volume-file-node.ts');
      const node = start(process.execPath, [script, harness.directory, randomUUID(), id]);
      await once(node.stdout as Readable, 'data');
      node.kill('SIGKILL');
      await once(node, 'exit');
      expect(await filesIn(harness.directory)).toContainEqual(expect.stringMatching(/\.part$/));
      await driver.recover();
      expect(await driver.list()).toMatchObject({ volumes: [{ id }], snapshots: [], drafts: [] });
      expect(await filesIn(harness.directory)).toEqual([`${id}.raw`]);
    });
  });
});
