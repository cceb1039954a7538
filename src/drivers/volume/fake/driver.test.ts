import { randomUUID } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudError } from '#kernel/errors.ts';
import { volumeContract } from '../contract.ts';
import { FakeVolumeDriver, FakeVolumeWorld } from './driver.ts';

const newWorld = async () => new FakeVolumeWorld(await mkdtemp(join(tmpdir(), 'hydria-volumes-')));
const SIZE = 1 << 20;

volumeContract('fake', async () => {
  const world = await newWorld();
  return {
    driver: (step) => new FakeVolumeDriver(world, step),
    bytesOf: async (path) => (await stat(path)).size,
    read: async (path, offset, length) => {
      const content = await readFile(path);
      expect(content.length).toBeGreaterThanOrEqual(offset + length);
      return content.toString('latin1', offset, offset + length).replaceAll('\0', '');
    },
    write: async (path, offset, text) => {
      if (world.attached.get(path) === 'ro') throw new Error(`${path} is read-only.`);
      const file = await open(path, 'r+');
      await file.write(text, offset);
      await file.close();
    },
    leftovers: async () => {
      const entries = await readdir(world.directory, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    close: () => rm(world.directory, { recursive: true }),
  };
});

describe('fake volume driver', () => {
  let world: FakeVolumeWorld;
  let driver: FakeVolumeDriver;
  const id = randomUUID();

  beforeEach(async () => {
    world = await newWorld();
    driver = new FakeVolumeDriver(world);
    await driver.recover();
  });

  afterEach(() => rm(world.directory, { recursive: true }));

  it('fails the next call only, before it does anything', async () => {
    world.faults.failNext('ensureVolume', new CloudError('too-large', 'full'));
    await expect(driver.ensureVolume(id, SIZE)).rejects.toMatchObject({ kind: 'too-large' });
    expect((await driver.list()).volumes).toEqual([]);
    await driver.ensureVolume(id, SIZE);
    expect(world.calls).toEqual(['recover', `ensureVolume ${id}`]);
  });

  it('can fail after the call took effect, as when the node dies before it answers', async () => {
    world.faults.failNext('ensureVolume', new Error('gone'), 'after');
    await expect(driver.ensureVolume(id, SIZE)).rejects.toThrow('gone');
    expect((await driver.list()).volumes).toHaveLength(1);
  });

  it('holds calls until they are let go', async () => {
    const release = world.faults.hold('ensureVolume');
    const made = driver.ensureVolume(id, SIZE);
    expect((await driver.list()).volumes).toEqual([]);
    release();
    await made;
    expect((await driver.list()).volumes).toHaveLength(1);
  });

  it('has nothing attached when the machine starts again', async () => {
    await driver.ensureVolume(id, SIZE);
    await driver.attach(id, 'rw');
    world.reboot();
    expect((await driver.list()).volumes).toEqual([{ id, bytes: SIZE, device: null }]);
  });
});
