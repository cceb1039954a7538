import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { knownAcceleration } from './acceleration.ts';
import { detailsInWords, machineDetails } from './details.ts';
import { tunedIn } from './tuned.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'machines-'))));
afterEach(() => rm(folder, { recursive: true }));

const QEMU = '#!/bin/sh\necho "QEMU emulator version 9.9.9 (of a test)"\n';

/** As `hydria runtime tune clear` leaves it. */
async function tune(): Promise<ReturnType<typeof tunedIn>> {
  const pair = tunedIn(join(folder, 'tuned/abc'));
  await mkdir(join(folder, 'tuned/abc'), { recursive: true });
  await writeFile(pair.vmlinux, '');
  await writeFile(pair.qemu, QEMU, { mode: 0o755 });
  await writeFile(join(folder, 'tuned/abc/tuned.json'), JSON.stringify({ kernel: '6.1.1-1' }));
  await symlink('abc', join(folder, 'tuned/current'));
  return pair;
}

async function tried({ qemu, vmlinux }: ReturnType<typeof tunedIn>): Promise<void> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const key = [bootId, (await stat(qemu)).mtimeMs, (await stat(vmlinux)).mtimeMs].join(' ');
  await writeFile(
    join(folder, 'acceleration.json'),
    JSON.stringify({ accelerator: 'tcg', why: 'KVM started no guest within 2 s', key }),
  );
}

describe('what is known of machines', () => {
  it('is whose parts they are made of, without a start of one and without a trace', async () => {
    await tune();
    expect(await machineDetails(folder)).toMatchObject({
      kernelVersion: '6.1.1-1',
      origin: 'tuned',
      qemuVersion: '9.9.9',
      profile: 'microvm',
    });
    expect(await readdir(folder)).toEqual(['tuned']);
  });

  it.runIf(existsSync('/dev/kvm'))('has what the last trial of KVM found, of the same parts', async () => {
    const pair = await tune();
    expect(await machineDetails(folder)).toMatchObject({ acceleration: null });
    await tried(pair);
    const details = await machineDetails(folder);
    expect(details).toMatchObject({
      acceleration: 'tcg',
      accelerationReason: 'KVM started no guest within 2 s',
    });
    expect(detailsInWords(details)).toBe(
      'emulation (KVM started no guest within 2 s); kernel 6.1.1-1 and QEMU 9.9.9, tuned; microvm',
    );
    await writeFile(pair.vmlinux, 'another');
    expect(await knownAcceleration(folder, { qemu: pair.qemu, kernel: pair.vmlinux })).toBeUndefined();
  });
});
