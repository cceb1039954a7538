import { randomUUID } from 'node:crypto';
import { access, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { volumeContract } from '#drivers/volume/contract.ts';
import { LvmVolumeDriver } from '#drivers/volume/lvm/driver.ts';
import { runInGuest } from '#test/support/guest.ts';
import { bytesOf, TestDisk, writeTo } from './volume-disk.ts';

const MIB = 1 << 20;
const MINUTES = 60_000;
/** For LVM where nothing but the tests runs. */
const NO_DAEMONS =
  'activation { udev_sync = 0 udev_rules = 0 monitoring = 0 } devices { obtain_device_list_from_udev = 0 } ' +
  'backup { backup = 0 archive = 0 } global { use_lvmpolld = 0 }';

/** Whether this kernel has thin volumes; where not, these tests run on Debian's own, in a guest. */
const capable = await exec('modprobe', ['dm-thin-pool']).then(
  () => access('/dev/mapper/control').then(() => true),
  () => false,
);

describe.runIf(capable)('on this kernel', () => {
  const group = `hydria-test-${randomUUID().slice(0, 8)}`;
  let disk: TestDisk & { readonly device: string };
  const open = () => new LvmVolumeDriver({ group, device: disk.device });

  const names = async (): Promise<string[]> => {
    const { stdout } = await exec('lvm', [
      'lvs',
      '--noheadings',
      '-o',
      'lv_name',
      '-S',
      'pool_lv=hydria',
      group,
    ]);
    return stdout.split('\n').flatMap((line) => line.trim() || []);
  };
  const clear = async () => {
    const left = await names();
    if (left.length > 0)
      await exec('lvm', ['lvremove', '--yes', ...left.map((name) => `${group}/${name}`)], {
        timeout: MINUTES,
      });
  };

  beforeAll(async () => {
    disk = await TestDisk.bare(256);
    await open().recover();
  });

  afterAll(async () => {
    await exec('lvm', ['vgremove', '--yes', '--force', group], { timeout: MINUTES });
    await disk.close();
  });

  volumeContract('lvm', async () => ({
    driver: (step) => new LvmVolumeDriver({ group, ...(step ? { step } : {}) }),
    bytesOf,
    write: writeTo,
    leftovers: names,
    close: clear,
  }));

  describe('volumes in a pool', () => {
    let driver: LvmVolumeDriver;

    beforeEach(async () => {
      await clear();
      driver = open();
    });

    it('are refused before the pool is full, and taken again when there is room', async () => {
      const filler = randomUUID();
      const { path } = await driver.draft(filler, 232 * MIB);
      const fill = ['if=/dev/urandom', `of=${path}`, 'bs=4M', 'count=57', 'oflag=direct', 'status=none'];
      await exec('dd', fill, { timeout: 5 * MINUTES });
      const refusal = { kind: 'too-large' };
      await expect(driver.ensureVolume(randomUUID(), 8 * MIB)).rejects.toMatchObject(refusal);
      await expect(driver.draft(randomUUID(), 8 * MIB)).rejects.toMatchObject(refusal);
      expect(await names()).toEqual([`draft-${filler}`]);
      await driver.discardDraft(filler);
      await driver.ensureVolume(randomUUID(), 8 * MIB);
    });

    it('stay attached while they are in use, and say so', async () => {
      const id = randomUUID();
      await driver.ensureVolume(id, 8 * MIB);
      const { path } = await driver.attach(id, 'rw');
      const user = await openFile(path, 'r');
      await expect(driver.detach(id)).rejects.toMatchObject({ kind: 'conflict', retryable: true });
      await user.close();
      await driver.detach(id);
    });

    it('take only the space that is written, and give back what is discarded', async () => {
      const id = randomUUID();
      await driver.ensureVolume(id, 4096 * MIB);
      const { path } = await driver.attach(id, 'rw');
      const { free } = await driver.capacity();
      await writeTo(path, 2048 * MIB, 'hello');
      expect((await driver.capacity()).free).toBeGreaterThan(free - 2 * MIB);
      await exec('blkdiscard', [path]);
      expect((await driver.capacity()).free).toBe(free);
    });

    it('need a group or a device to make one on', async () => {
      const nowhere = new LvmVolumeDriver({ group: 'hydria-test-nowhere' });
      expect(await nowhere.probe()).toMatchObject({ usable: false, reason: /no volume group/ });
    });
  });
});

describe.skipIf(capable)('in a guest', () => {
  it(
    'does all that on the kernel of Debian',
    async () => {
      const root = join(import.meta.dirname, '../..');
      const command = `${process.execPath} node_modules/vitest/vitest.mjs run --project host test/host/volume-lvm.test.ts`;
      const { code, result, output } = await runInGuest({
        modules: ['dm-thin-pool', 'loop'],
        timeout: 25 * MINUTES,
        script: `
          echo '${NO_DAEMONS}' > /etc/lvm/lvmlocal.conf
          export PATH=${process.env['PATH']}
          cd ${root} && ${command} --reporter=json --outputFile=/out/result --reporter=verbose`,
      });
      expect(code, output).toBe(0);
      const { numPassedTests, numFailedTests } = JSON.parse(result) as Readonly<Record<string, number>>;
      expect(numFailedTests).toBe(0);
      expect(numPassedTests).toBeGreaterThan(50);
    },
    26 * MINUTES,
  );
});
