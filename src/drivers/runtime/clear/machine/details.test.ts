import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeParts } from './details.ts';
import { tunedIn, type TunedParts } from './tuned.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'machines-'))));
afterEach(() => rm(folder, { recursive: true }));

/** As `hydria runtime tune clear` leaves it. */
async function tune(): Promise<TunedParts> {
  const pair = tunedIn(join(folder, 'tuned/abc'));
  await mkdir(join(folder, 'tuned/abc'), { recursive: true });
  await Promise.all([pair.vmlinux, pair.qemu].map((file) => writeFile(file, '')));
  await writeFile(pair.facts, JSON.stringify({ kernel: '6.1.1-1', qemu: '9.9.9' }));
  await symlink('abc', join(folder, 'tuned/current'));
  return pair;
}

async function remember(bootId: string, { qemu, vmlinux }: TunedParts): Promise<void> {
  const key = [bootId, (await stat(qemu)).mtimeMs, (await stat(vmlinux)).mtimeMs].join(' ');
  await writeFile(
    join(folder, 'acceleration.json'),
    JSON.stringify({ accelerator: 'tcg', why: 'KVM started no guest', key }),
  );
}

it('tells whose parts machines are made of, without a start of one and without a trace', async () => {
  await tune();
  expect(await describeParts(folder)).toMatchObject({ parts: 'tuned', kernel: '6.1.1-1', qemu: '9.9.9' });
  expect(await readdir(folder)).toEqual(['tuned']);
});

it.runIf(existsSync('/dev/kvm'))(
  'tells what a trial of KVM found since the host started, with the same parts',
  async () => {
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const pair = await tune();
    const unknown = { acceleration: 'unknown', acceleration_reason: expect.stringContaining('yet') };
    expect(await describeParts(folder)).toMatchObject(unknown);
    await remember('another', pair);
    expect(await describeParts(folder)).toMatchObject(unknown);
    await remember(bootId, pair);
    expect(await describeParts(folder)).toMatchObject({
      acceleration: 'tcg',
      acceleration_reason: 'KVM started no guest',
    });
    await utimes(pair.vmlinux, 1, 1); // built anew
    expect(await describeParts(folder)).toMatchObject(unknown);
  },
);
