import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { FakeVolumeDriver, FakeVolumeWorld } from '#drivers/volume/fake/driver.ts';
import { loneTransfers, NodeBench } from '#test/support/node-bench.ts';
import { aContainer, anAttachment, aSnapshot, aVolume, uuidOf } from '#test/support/node-objects.ts';
import { often } from '#test/support/often.ts';
import { isUp } from './objects.ts';
import type { ContainerMount, ContainerSpec, DesiredObject } from './protocol.ts';
import { reportOf } from './report.ts';

const [V1, V2, A1, A2, S1, SECRET] = [1, 2, 3, 4, 5, 6].map(uuidOf) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const size = 1 / 1024;
const disk = 'fake-disks';

let directory: string;
let machine: FakeVolumeWorld;
let bench: NodeBench;
let lives = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-plan-disk-'));
  await renew();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Another machine, with nothing on it. */
async function renew(): Promise<void> {
  machine = new FakeVolumeWorld(join(directory, String(lives++)));
  const driver = new FakeVolumeDriver(machine);
  await driver.recover();
  const backends = new Map<string, VolumeDriver>([['fake', driver]]);
  bench = new NodeBench(loneTransfers(backends), join(directory, 'memory'));
}

const data = (volumeId = V1, readOnly = false): ContainerMount => ({
  kind: 'volume',
  volumeId,
  destination: '/data',
  readOnly,
});
const container = (id: string, change: Partial<ContainerSpec> & { generation?: number } = {}) =>
  aContainer(id, { run: 1, mounts: [data()], ...change });
const guest = (id: string, change: Partial<ContainerSpec> & { generation?: number } = {}) =>
  container(id, { runtime: disk, ...change });
const lent = (mode: 'rw' | 'ro' = 'rw') => [aVolume(V1, { size }), anAttachment(A1, V1, mode)];
const settleAnyhow = () => bench.settle((count) => count - 1);
const volumeFacts = (id = V1) => bench.world.find('volume', id)?.facts.volume;
const report = (id: string) => {
  const entry = bench.world.find('container', id);
  if (entry) bench.world.setFailure(entry, null); // what an action said of its progress is over
  const made = entry && reportOf(bench.world.find('container', id) ?? entry, bench.world, bench.now);
  return made?.kind === 'container' ? made : undefined;
};
const gone = (...ids: string[]) => ids.map((id) => ({ kind: 'container', id }) as const);

describe('a container that is a machine of its own, with a volume', () => {
  it('is given the device, made ready and mounted nowhere, which is let go when the container is gone', async () => {
    bench.world.put([guest('c1'), ...lent()], []);
    const verbs = await settleAnyhow();
    expect(verbs.indexOf('lend-volume')).toBeGreaterThan(verbs.indexOf('attach-volume'));
    expect(verbs.indexOf('make-workload')).toBeGreaterThan(verbs.indexOf('lend-volume'));
    expect(verbs).not.toContain('mount-volume');
    expect(bench.host.find('c1')?.spec.mounts).toEqual([
      {
        device: { path: volumeFacts()?.attached?.device, fileSystem: 'ext4' },
        destination: '/data',
        readOnly: false,
      },
    ]);
    expect(bench.fileSystems.prepared).toEqual([V1]);
    expect(bench.fileSystems.mounted.size).toBe(0);
    bench.world.set([]);
    const back = await settleAnyhow();
    expect(back.indexOf('detach-volume')).toBeGreaterThan(back.indexOf('remove-workload'));
    expect([...bench.world.entries()]).toEqual([]);
  });

  it('keeps it when it is stopped and started, and when its attachment is taken away from under it', async () => {
    bench.world.put([guest('c1'), ...lent()], []);
    await bench.settle();
    bench.world.put([], [{ kind: 'attachment', id: A1 }]);
    await bench.settle();
    const volume = bench.world.find('volume', V1);
    expect(volume && bench.next(volume)).toEqual({ wait: 'waiting for its containers to go' });
    expect(volumeFacts()).toMatchObject({ attached: { mode: 'rw' }, mounted: { lentTo: 'c1' } });
  });

  it('is made anew when the device has another name at its next start', async () => {
    bench.world.put([guest('c1'), ...lent()], []);
    await bench.settle();
    bench.host.exit('c1', 0);
    const entry = bench.world.find('container', 'c1');
    const state = bench.host.state('c1');
    if (entry) bench.world.setWorkload(entry, { state });
    const volume = bench.world.find('volume', V1);
    if (volume) bench.world.setVolume(volume, { attached: { device: '/dev/other', mode: 'rw' } });
    bench.world.put([guest('c1', { generation: 2, power: { ...running, epoch: 2 } })], []);
    expect(await bench.settle()).toEqual(['make-workload', 'start-workload']);
    expect(bench.host.find('c1')?.spec.mounts).toMatchObject([{ device: { path: '/dev/other' } }]);
  });

  it('fails with the reason when the volume holds something else', async () => {
    bench.fileSystems.foreign.add(V1);
    bench.world.put([guest('c1'), ...lent()], []);
    await bench.settle();
    expect(report('c1')).toMatchObject({ status: 'error', failed: true });
    expect(report('c1')?.reason).toMatch(/holds data, but no file system/);
    expect(volumeFacts()?.guestWritten ?? false).toBe(false);
  });

  it.each([
    ['another machine', disk],
    ['a container that it is mounted for', 'fake'],
  ])('does not share it with %s, not even to read, and gives it on when it goes', async (_, runtime) => {
    bench.world.put([guest('c1', { mounts: [data(V1, true)] }), ...lent('ro')], []);
    await bench.settle();
    bench.world.put([container('c2', { runtime, mounts: [data(V1, true)] }), anAttachment(A2, V1, 'ro')], []);
    await bench.settle();
    expect(report('c1')?.status).toBe('running');
    expect(report('c2')).toMatchObject({ status: 'error', failed: true });
    expect(report('c2')?.reason).toMatch(/in use by another container.*cannot share it/);
    bench.world.put([], gone('c1'));
    expect(report('c2')).toMatchObject({ failed: false });
    expect(report('c2')?.reason).toMatch(/another container is still being removed/);
    await bench.settle();
    expect(report('c2')).toMatchObject({ status: 'running', failed: false });
  });

  it('keeps it while it runs, though it shall be without', async () => {
    bench.world.put([guest('c1'), ...lent()], []);
    await bench.settle();
    bench.world.put(
      [guest('c1', { mounts: [], generation: 2 }), guest('c2')],
      [{ kind: 'attachment', id: A1 }],
    );
    await bench.settle();
    expect(volumeFacts()).toMatchObject({ attached: { mode: 'rw' }, mounted: { lentTo: 'c1' } });
    bench.world.put([anAttachment(A1, V1)], []);
    bench.world.put([guest('c1', { mounts: [], generation: 3, power: stopped })], []);
    await bench.settle();
    expect(volumeFacts()).toMatchObject({ mounted: { lentTo: 'c2' } });
    expect(report('c2')?.status).toBe('running');
  });

  it('is refused one that is mounted for others, and has it after them', async () => {
    bench.world.put([container('c1'), ...lent()], []);
    await bench.settle();
    bench.world.put([guest('c2'), anAttachment(A2, V1)], []);
    await bench.settle();
    expect(report('c2')).toMatchObject({ status: 'error', failed: true });
    expect(bench.fileSystems.mounted.get(V1)).toBe('rw');
    bench.world.put([], gone('c1'));
    const verbs = await bench.settle();
    expect(verbs.indexOf('lend-volume')).toBeGreaterThan(verbs.indexOf('unmount-volume'));
    expect(bench.fileSystems.mounted.size).toBe(0);
    expect(report('c2')?.status).toBe('running');
  });
});

const stopped = { state: 'stopped', epoch: 1, stopTimeoutSeconds: 1 } as const;
const running = { state: 'running', epoch: 1, stopTimeoutSeconds: 1 } as const;

describe('what a machine of a container could write to', () => {
  const used = async (mode: 'rw' | 'ro' = 'rw') => {
    const mounts = [data(V1, mode === 'ro')];
    bench.world.put([guest('c1', { mounts }), aSnapshot(S1, V1), ...lent(mode)], []);
    await bench.settle();
    bench.world.put([], [...gone('c1'), { kind: 'attachment', id: A1 }]);
    await bench.settle();
  };

  it('is never mounted here again, nor is a copy of it, and only such machines have it', async () => {
    await used();
    const copy = aVolume(V2, { size, source: { kind: 'volume', id: V1 } });
    bench.world.put([copy, anAttachment(A1, V1), anAttachment(A2, V2)], []);
    bench.world.put([container('c2'), container('c3', { mounts: [data(V2)] })], []);
    await bench.settle();
    for (const id of ['c2', 'c3']) {
      expect(report(id)).toMatchObject({ status: 'error', failed: true });
      expect(report(id)?.reason).toMatch(/was written to by a container that is a machine of its own/);
    }
    expect(bench.fileSystems.mounted.size).toBe(0);
    bench.world.put([guest('c4')], []);
    await bench.settle();
    expect(report('c4')?.status).toBe('running');
  });

  it('is forgotten with another content', async () => {
    await used();
    bench.world.put([aVolume(V1, { size, revision: 2, generation: 2 })], []);
    await bench.settle();
    bench.world.put([container('c2'), anAttachment(A1, V1)], []);
    await bench.settle();
    expect(report('c2')?.status).toBe('running');
  });

  it('is not what it could only read, nor what was copied before', async () => {
    await used('ro');
    bench.world.put([container('c2'), anAttachment(A1, V1)], []);
    await bench.settle();
    expect(report('c2')?.status).toBe('running');
    bench.world.put([], gone('c2'));
    bench.world.put([guest('c3', { generation: 2 })], []);
    const clone = aVolume(V2, { size, source: { kind: 'snapshot', id: S1 } });
    bench.world.put([clone, anAttachment(A2, V2), container('c4', { mounts: [data(V2)] })], []);
    await bench.settle();
    expect(report('c3')?.status).toBe('running');
    expect(report('c4')?.status).toBe('running');
  });
});

describe('secrets of a container that is a machine of its own', () => {
  it('are files of its own, confidential, and nowhere on this machine', async () => {
    bench.secrets.set(SECRET, Buffer.from('battery staple').toString('base64'));
    const place = { destination: '/run/password', mode: 0o440, uid: 1, gid: 2 };
    const mounts: ContainerMount[] = [{ kind: 'secret', secretId: SECRET, ...place }];
    bench.world.put([guest('c1', { mounts })], []);
    await bench.settle();
    const spec = bench.host.find('c1')?.spec;
    expect(spec).toMatchObject({ mounts: [], confidential: true });
    expect(spec?.files.at(-1)).toEqual({
      path: '/run/password',
      content: Buffer.from('battery staple').toString('base64'),
      mode: 0o440,
      owner: { uid: 1, gid: 2 },
    });
    expect(await readdir(directory)).not.toContain('memory');
    expect(JSON.stringify([...bench.world.entries()])).not.toMatch(/battery|YmF0dGVyeSBzdGFwbGU/);
  });
});

describe('any use of volumes', () => {
  const use = fc.record({
    runtime: fc.constantFrom('fake', disk),
    volume: fc.constantFrom(V1, V2),
    readOnly: fc.boolean(),
  });
  /** Each with an attachment of its own, as control makes them. A machine may come to have another volume than it runs with. */
  const desired = fc
    .array(use, { maxLength: 3 })
    .map((uses): DesiredObject[] => [
      aVolume(V1, { size }),
      aVolume(V2, { size }),
      ...uses.flatMap(({ runtime, volume, readOnly }, index) => [
        container(nameOf(index, runtime, volume), { runtime, mounts: [data(volume, readOnly)] }),
        anAttachment(uuidOf(20 + index), volume, readOnly ? 'ro' : 'rw'),
      ]),
    ]);

  it(
    'comes to rest; a disk is mounted nowhere, has one holder, and what that could write to is never mounted again',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(desired, fc.nat(12)), { minLength: 1, maxLength: 4 }),
          fc.infiniteStream(fc.nat(20)),
          async (history, order) => {
            await renew();
            const choose = (count: number) => (order.next().value ?? 0) % count;
            let generation = 0;
            for (const [objects, steps] of history) {
              generation++;
              bench.world.set(objects.map((object) => ({ ...object, generation })));
              for (let step = 0; step < steps; step++) await actOnce(choose);
            }
            await settle(choose);
            bench.world.set([]);
            await settle(choose);
            expect([...bench.world.entries()]).toEqual([]);
            expect(machine.attached.size).toBe(0);
          },
        ),
        { numRuns: often(80) },
      );
    },
    often(180_000),
  );
});

async function settle(choose: (count: number) => number): Promise<void> {
  for (let steps = 0; bench.busy().length > 0; steps++) {
    if (steps > 200) throw new Error('It does not come to rest.');
    await actOnce(choose);
  }
}

async function actOnce(choose: (count: number) => number): Promise<void> {
  const keys = bench.busy();
  const key = keys[choose(keys.length)];
  if (key) await bench.act(key);
  expectLaws();
}

/** Of what is on the machine, whatever the node believes. */
function expectLaws(): void {
  const workloads = [...new Set(names)].flatMap((id) => bench.host.find(id) ?? []);
  const up = workloads.filter(({ state }) => isUp(state)).map(({ spec }) => spec.mounts ?? []);
  for (const volume of [V1, V2]) {
    const device = volumeFacts(volume)?.attached?.device;
    const asDisk = up.filter(([one]) => one && 'device' in one && one.device.path === device);
    const bound = up.filter(([one]) => one && 'source' in one && one.source === `/mounts/${volume}`);
    const isMounted = bench.fileSystems.mounted.has(volume);
    if (bound.length > 0) expect(isMounted).toBe(true);
    if (asDisk.length > 0) expect([asDisk.length, bound.length, isMounted]).toEqual([1, 0, false]);
    if (volumeFacts(volume)?.guestWritten) expect(isMounted).toBe(false);
  }
}

const nameOf = (index: number, runtime: string, volume: string): string =>
  runtime === disk ? `disk-${index}` : `bound-${index}-${volume.slice(-1)}`;

const names = [0, 1, 2].flatMap((index) =>
  [V1, V2].flatMap((volume) => ['fake', disk].map((runtime) => nameOf(index, runtime, volume))),
);
