import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeVolumeDriver, FakeVolumeWorld } from '#drivers/volume/fake/driver.ts';
import { silentLogger } from '#kernel/log.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { OpenBackends, type VolumeBackends } from './backends.ts';

let directory: string;
let disks: FakeVolumeWorld;
let clock: ManualClock;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-backends-'));
  disks = new FakeVolumeWorld(directory);
  clock = new ManualClock();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = () =>
  OpenBackends.open(new Map([['disks', new FakeVolumeDriver(disks)]]), { clock, log: silentLogger });

describe('a backend that cannot be used', () => {
  it.each(['probe', 'recover'] as const)('for its %s is used once that succeeds', async (verb) => {
    for (let times = 0; times < 2; times++) disks.faults.failNext(verb, new Error('The disk is away.'));
    const backends = await open();
    expect([...backends.usable.keys()]).toEqual([]);
    const told: VolumeBackends[] = [];
    const trying = backends.keepTrying(async (found) => void told.push(found), new AbortController().signal);
    await clock.step();
    expect(told).toEqual([]);
    clock.skip();
    await trying;
    expect(told.map((found) => [...found.keys()])).toEqual([['disks']]);
    expect([...backends.usable.keys()]).toEqual(['disks']);
  });

  it('is tried no more when the node ends', async () => {
    disks.faults.failNext('probe', new Error('The disk is away.'));
    const backends = await open();
    const ending = new AbortController();
    const trying = backends.keepTrying(() => Promise.reject(new Error('It was opened.')), ending.signal);
    ending.abort();
    await trying;
    expect([...backends.usable.keys()]).toEqual([]);
  });
});

it('backends that can all be used are not tried again', async () => {
  const backends = await open();
  await backends.keepTrying(() => Promise.reject(new Error('It was opened.')), new AbortController().signal);
  expect([...backends.usable.keys()]).toEqual(['disks']);
});
