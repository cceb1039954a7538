import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { volumeContract } from '#drivers/volume/contract.ts';
import { LvmVolumeDriver } from '#drivers/volume/lvm/driver.ts';
import { lvmMachine, type LvmMachine } from './lvm-machine.ts';

const MIB = 1 << 20;
const MINUTES = 60_000;

// Each command of LVM takes a good part of a second in an emulated machine.
vi.setConfig({ testTimeout: 15 * MINUTES, hookTimeout: 5 * MINUTES });

const group = `hydria-test-${randomUUID().slice(0, 8)}`;
let machine: LvmMachine;

beforeAll(async () => {
  machine = await lvmMachine(group);
  await new LvmVolumeDriver({ group, device: machine.device, run: machine.exec }).recover();
});

afterAll(() => machine.close());

volumeContract('lvm', async () => ({
  driver: (step) => new LvmVolumeDriver({ group, run: machine.exec, ...(step ? { step } : {}) }),
  bytesOf: (path) => machine.bytesOf(path),
  read: (path, offset, length) => machine.read(path, offset, length),
  write: (path, offset, text) => machine.write(path, offset, text),
  leftovers: () => machine.names(),
  close: () => machine.clear(),
}));

describe('volumes in a pool', () => {
  let driver: LvmVolumeDriver;

  beforeEach(async () => {
    await machine.clear();
    driver = new LvmVolumeDriver({ group, run: machine.exec });
  });

  it('are refused before the pool is full, and taken again when there is room', async () => {
    const filler = randomUUID();
    const { path } = await driver.draft(filler, 232 * MIB);
    await machine.exec(
      'dd',
      ['if=/dev/zero', `of=${path}`, 'bs=4M', 'count=57', 'oflag=direct', 'status=none'],
      {
        timeout: 5 * MINUTES,
      },
    );
    const refusal = { kind: 'too-large' };
    await expect(driver.ensureVolume(randomUUID(), 8 * MIB)).rejects.toMatchObject(refusal);
    await expect(driver.draft(randomUUID(), 8 * MIB)).rejects.toMatchObject(refusal);
    expect(await machine.names()).toEqual([`draft-${filler}`]);
    await driver.discardDraft(filler);
    await driver.ensureVolume(randomUUID(), 8 * MIB);
  });

  it('stay attached while they are in use, and say so', async () => {
    const id = randomUUID();
    await driver.ensureVolume(id, 8 * MIB);
    const { path } = await driver.attach(id, 'rw');
    const release = await machine.use(path);
    await expect(driver.detach(id)).rejects.toMatchObject({ kind: 'conflict', retryable: true });
    await release();
    await driver.detach(id);
  });

  it('take only the space that is written, and give back what is discarded', async () => {
    const id = randomUUID();
    await driver.ensureVolume(id, 4096 * MIB);
    const { path } = await driver.attach(id, 'rw');
    const { free } = await driver.capacity();
    await machine.write(path, 2048 * MIB, 'hello');
    expect((await driver.capacity()).free).toBeGreaterThan(free - 2 * MIB);
    await machine.exec('blkdiscard', [path]);
    expect((await driver.capacity()).free).toBe(free);
  });

  it('need a group or a device to make one on', async () => {
    const nowhere = new LvmVolumeDriver({ group: 'hydria-test-nowhere', run: machine.exec });
    expect(await nowhere.probe()).toMatchObject({ usable: false, reason: /no volume group/ });
  });
});
