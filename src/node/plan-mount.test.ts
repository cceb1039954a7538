import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { FakeVolumeDriver, FakeVolumeWorld } from '#drivers/volume/fake/driver.ts';
import { loneTransfers, NodeBench } from '#test/support/node-bench.ts';
import { aContainer, anAttachment, aVolume, uuidOf } from '#test/support/node-objects.ts';
import type { ContainerMount } from './protocol.ts';
import { reportOf } from './report.ts';

const [V1, A1, A2, SECRET] = [1, 2, 3, 4].map(uuidOf) as [string, string, string, string];
const size = 1 / 1024;
const data = (change: { readOnly?: boolean } = {}): ContainerMount => ({
  kind: 'volume',
  volumeId: V1,
  destination: '/data',
  readOnly: false,
  ...change,
});

let directory: string;
let bench: NodeBench;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-plan-mount-'));
  const driver = new FakeVolumeDriver(new FakeVolumeWorld(join(directory, 'volumes')));
  await driver.recover();
  const backends = new Map<string, VolumeDriver>([['fake', driver]]);
  bench = new NodeBench(loneTransfers(backends), join(directory, 'memory'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const lent = (mode: 'rw' | 'ro' = 'rw') => [aVolume(V1, { size }), anAttachment(A1, V1, mode)];
const settleAnyhow = () => bench.settle((count) => count - 1);
const report = (id = 'c1') => {
  const entry = bench.world.find('container', id);
  if (entry) bench.world.setFailure(entry, null); // what an action said of its progress is over
  const made = entry && reportOf(bench.world.find('container', id) ?? entry, bench.world, bench.now);
  return made?.kind === 'container' ? made : undefined;
};

describe('a container with a volume', () => {
  it('is made when the volume is mounted, and the volume let go when the container is gone', async () => {
    bench.world.put([aContainer('c1', { run: 1, mounts: [data()] }), ...lent()], []);
    const verbs = await settleAnyhow();
    expect(verbs.indexOf('mount-volume')).toBeGreaterThan(verbs.indexOf('attach-volume'));
    expect(verbs.indexOf('make-workload')).toBeGreaterThan(verbs.indexOf('mount-volume'));
    expect(bench.host.find('c1')?.spec.mounts).toEqual([
      { source: `/mounts/${V1}`, destination: '/data', readOnly: false },
    ]);
    bench.world.set([]);
    const back = await settleAnyhow();
    expect(back.indexOf('unmount-volume')).toBeGreaterThan(back.indexOf('remove-workload'));
    expect(back.indexOf('detach-volume')).toBeGreaterThan(back.indexOf('unmount-volume'));
    expect(bench.fileSystems.mounted.size).toBe(0);
    expect([...bench.world.entries()]).toEqual([]);
  });

  it('keeps it when it is stopped and started, and when its attachment is taken away from under it', async () => {
    bench.world.put([aContainer('c1', { run: 1, mounts: [data()] }), ...lent()], []);
    await bench.settle();
    bench.world.put([], [{ kind: 'attachment', id: A1 }]);
    await bench.settle();
    expect(bench.fileSystems.mounted.get(V1)).toBe('rw');
    const volume = bench.world.find('volume', V1);
    expect(volume && bench.next(volume)).toEqual({ wait: 'waiting for its containers to go' });
  });

  it('says what it waits for until the volume comes', async () => {
    bench.world.put([aContainer('c1', { run: 1, mounts: [data()] })], []);
    await bench.settle();
    expect(report()).toMatchObject({
      status: 'creating',
      reason: `waiting for its volume ${V1}`,
      failed: false,
    });
    bench.world.put(lent(), []);
    await bench.settle();
    expect(report()).toMatchObject({ status: 'running', reason: null });
  });

  it('fails with the reason when the volume holds something else, and is tried again when it is wished anew', async () => {
    bench.fileSystems.foreign.add(V1);
    bench.world.put([aContainer('c1', { run: 1, mounts: [data()] }), ...lent()], []);
    await bench.settle();
    expect(report()).toMatchObject({ status: 'error', failed: true });
    expect(report()?.reason).toMatch(/holds data, but no file system/);
    bench.fileSystems.foreign.clear();
    expect(await bench.settle()).toEqual([]);
    bench.world.put([aContainer('c1', { run: 2, generation: 2, mounts: [data()] })], []);
    await bench.settle();
    expect(report()).toMatchObject({ status: 'running', failed: false });
  });

  it('shares one mount with another container, which becomes writable with the first that writes', async () => {
    bench.world.put([aContainer('c1', { run: 1, mounts: [data({ readOnly: true })] }), ...lent('ro')], []);
    await bench.settle();
    expect(bench.fileSystems.mounted.get(V1)).toBe('ro');
    bench.world.put([aContainer('c2', { run: 1, mounts: [data()] }), anAttachment(A2, V1)], []);
    await bench.settle();
    expect(bench.fileSystems.mounted.get(V1)).toBe('rw');
    expect(report('c2')?.status).toBe('running');
    bench.world.put(
      [],
      [
        { kind: 'container', id: 'c2' },
        { kind: 'attachment', id: A2 },
      ],
    );
    expect(await bench.settle()).not.toContain('unmount-volume');
    expect(report('c1')?.status).toBe('running');
  });
});

describe('secrets of a container', () => {
  const mount: ContainerMount = {
    kind: 'secret',
    secretId: SECRET,
    destination: '/run/password',
    mode: 0o440,
    uid: 0,
    gid: 0,
  };

  it('are files in memory when it starts, nowhere else, and go with it', async () => {
    bench.secrets.set(SECRET, Buffer.from('battery staple').toString('base64'));
    bench.world.put([aContainer('c1', { mounts: [mount] })], []);
    await bench.settle();
    const found = bench.host.find('c1')?.spec.mounts?.[0];
    const source = found && 'source' in found ? found.source : '';
    await expect(stat(source)).rejects.toMatchObject({ code: 'ENOENT' });
    bench.world.put([aContainer('c1', { run: 1, generation: 2, mounts: [mount] })], []);
    await bench.settle();
    expect(await readFile(source, 'utf8')).toBe('battery staple');
    expect((await stat(source)).mode & 0o777).toBe(0o440);
    expect(JSON.stringify([...bench.world.entries()])).not.toMatch(/battery|YmF0dGVyeSBzdGFwbGU/);
    bench.world.set([]);
    await bench.settle();
    expect(await readdir(join(directory, 'memory'))).toEqual([]);
  });

  it('that are not to be had keep it from starting', async () => {
    bench.world.put([aContainer('c1', { run: 1, mounts: [mount] })], []);
    await expect(bench.settle()).rejects.toMatchObject({ kind: 'not-found' });
    expect(bench.host.state('c1').status).toBe('created');
  });

  it('in its environment are known to its runtime alone', async () => {
    bench.secrets.set(SECRET, Buffer.from('battery staple').toString('base64'));
    const secretEnv = [{ name: 'PASSWORD', secretId: SECRET }];
    bench.world.put([aContainer('c1', { run: 1, secretEnv })], []);
    await bench.settle();
    expect(bench.host.find('c1')?.spec).toMatchObject({
      env: { PASSWORD: 'battery staple' },
      confidential: true,
    });
    expect(JSON.stringify([...bench.world.entries()])).not.toMatch(/battery|YmF0dGVyeSBzdGFwbGU/);
  });

  it.each([
    ['bytes that are no text', Buffer.from([0xff, 0xfe])],
    ['a zero', Buffer.from('a\0b')],
    ['more than Linux takes', Buffer.alloc(128 * 1024, 'x')],
  ])('with %s are no variables, for good', async (_, bytes) => {
    bench.secrets.set(SECRET, bytes.toString('base64'));
    bench.world.put([aContainer('c1', { run: 1, secretEnv: [{ name: 'A', secretId: SECRET }] })], []);
    await expect(bench.settle()).rejects.toMatchObject({ kind: 'bad-request' });
  });
});
