import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { FakeVolumeDriver, FakeVolumeWorld } from '#drivers/volume/fake/driver.ts';
import { loneTransfers, NodeBench } from '#test/support/node-bench.ts';
import { aCopy, anAttachment, aSnapshot, aVolume, uuidOf } from '#test/support/node-objects.ts';
import { often } from '#test/support/often.ts';
import { deviceOf } from './plan-volume.ts';
import type { DesiredObject, VolumeSource } from './protocol.ts';

let directory: string;
let bench: NodeBench;
let machine: FakeVolumeWorld;
let driver: FakeVolumeDriver;
const size = 1 / 1024;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-plan-volume-'));
  await renew();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

let lives = 0;
/** Another machine, with nothing on it. */
async function renew(): Promise<void> {
  machine = new FakeVolumeWorld(join(directory, String(lives++)));
  driver = new FakeVolumeDriver(machine);
  await driver.recover();
  bench = new NodeBench(loneTransfers(new Map<string, VolumeDriver>([['fake', driver]])));
}

const [V1, V2, S1, A1, A2, C1] = [1, 2, 3, 4, 5, 6].map(uuidOf) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const stepOf = (kind: 'volume' | 'snapshot' | 'attachment' | 'copy', id: string) => {
  const entry = bench.world.find(kind, id);
  return entry && bench.next(entry);
};

describe('the order of things', () => {
  it('is volume, snapshot, what is made from it, attachment', async () => {
    const clone = aVolume(V2, { size, source: { kind: 'snapshot', id: S1 } });
    bench.world.put([clone, aSnapshot(S1, V1), anAttachment(A1, V2), aVolume(V1, { size })], []);
    const verbs = await bench.settle((count) => count - 1);
    expect(verbs).toEqual(['fill-volume', 'take-snapshot', 'fill-volume', 'attach-volume']);
  });

  it('is reversed when all goes', async () => {
    bench.world.put([aVolume(V1, { size }), aSnapshot(S1, V1), anAttachment(A1, V1)], []);
    await bench.settle();
    bench.world.set([]);
    const verbs = await bench.settle();
    expect(verbs.indexOf('remove-volume')).toBeGreaterThan(verbs.indexOf('detach-volume'));
    expect(verbs.indexOf('remove-volume')).toBeGreaterThan(verbs.indexOf('remove-snapshot'));
    expect(verbs.indexOf('remove-attachment')).toBeGreaterThan(verbs.indexOf('detach-volume'));
    expect([...bench.world.entries()]).toEqual([]);
  });

  it('keeps a source until what is made from it is there', async () => {
    bench.world.put([aVolume(V1, { size })], []);
    await bench.settle();
    bench.world.put(
      [aVolume(V2, { size, source: { kind: 'volume', id: V1 } })],
      [{ kind: 'volume', id: V1 }],
    );
    expect(stepOf('volume', V1)).toEqual({ wait: 'waiting for the volumes that are made from it' });
    expect(await bench.settle()).toEqual(['fill-volume', 'remove-volume']);
  });

  it('keeps a volume until copies of it have ended, done or not wanted any more', async () => {
    const to = { kind: 'backup', id: C1, volumeId: V1, parent: null } as const;
    bench.world.put([aVolume(V1, { size })], []);
    await bench.settle();
    bench.world.put([aCopy(C1, { volume: V1 }, to)], [{ kind: 'volume', id: V1 }]);
    expect(stepOf('volume', V1)).toEqual({ wait: 'waiting for copies of it to end' });
    bench.world.put([], [{ kind: 'copy', id: C1 }]);
    expect(await bench.settle()).toEqual(['remove-copy', 'remove-volume']);
  });
});

describe('a wait', () => {
  it('says for what', () => {
    const clone = aVolume(V2, { size, source: { kind: 'snapshot', id: S1 } });
    bench.world.put([clone, aSnapshot(S1, V1), anAttachment(A1, V1)], []);
    expect(stepOf('volume', V2)).toEqual({ wait: 'waiting for its snapshot' });
    expect(stepOf('snapshot', S1)).toEqual({ wait: 'waiting for its volume' });
    expect(stepOf('attachment', A1)).toEqual({ wait: 'waiting for its volume' });
  });

  it('of a new revision ends with the last attachment, and nothing attaches before it is in force', async () => {
    bench.world.put([aVolume(V1, { size }), anAttachment(A1, V1), anAttachment(A2, V1, 'ro')], []);
    await bench.settle();
    bench.world.put([aVolume(V1, { size, revision: 2, generation: 2 })], [{ kind: 'attachment', id: A1 }]);
    expect(await bench.settle()).toEqual(['remove-attachment']);
    expect(stepOf('volume', V1)).toEqual({ wait: 'waiting until it is detached' });
    bench.world.put([], [{ kind: 'attachment', id: A2 }]);
    bench.world.put([anAttachment(A1, V1)], []);
    bench.world.put([], [{ kind: 'attachment', id: A1 }]);
    expect(await bench.settle()).toContain('fill-volume');
    bench.world.put([anAttachment(A1, V1)], []);
    expect(await bench.settle()).toEqual(['attach-volume']);
  });
});

describe('any state of affairs', () => {
  const ids = [V1, V2, uuidOf(7)];
  const source = (own: number): fc.Arbitrary<VolumeSource> =>
    fc.constantFrom<VolumeSource>(
      { kind: 'zeros' },
      ...(own === 0
        ? []
        : [{ kind: 'volume', id: ids[0] ?? '' } as const, { kind: 'snapshot', id: S1 } as const]),
    );
  /** What is made from the first one is not smaller. */
  const volume = (own: number) =>
    fc.record({
      revision: fc.integer({ min: 1, max: 3 }),
      size: fc.integer({ min: own === 0 ? 1 : 3, max: own === 0 ? 3 : 5 }),
      source: source(own),
    });
  const mode = fc.constantFrom('rw' as const, 'ro' as const);
  /** The first volume has a snapshot; the others may be made from either, and any may be attached twice. */
  const desired = fc
    .record({
      volumes: fc.tuple(volume(0), fc.option(volume(1)), fc.option(volume(2))),
      snapshot: fc.boolean(),
      attached: fc.array(fc.tuple(fc.nat(2), mode), { maxLength: 3 }),
    })
    .map(({ volumes, snapshot, attached }): DesiredObject[] => {
      const made = volumes.flatMap((one, index) => {
        if (!one || (!snapshot && one.source.kind === 'snapshot')) return [];
        return [aVolume(ids[index], { ...one, size: one.size * size })];
      });
      const there = new Set(made.map(({ id }) => id));
      const attachments = attached.map(([index, how], number) =>
        anAttachment(uuidOf(20 + number), ids[index], how),
      );
      return [
        ...made,
        ...(snapshot ? [aSnapshot(S1, V1)] : []),
        ...attachments.filter(({ spec }) => there.has(spec.volumeId)),
      ];
    });

  it(
    'leads to what is desired and comes to rest, and no content changes while it is attached',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(desired, fc.nat(8)), { maxLength: 4 }),
          desired,
          fc.infiniteStream(fc.nat(20)),
          async (history, last, order) => {
            await renew();
            let generation = 0;
            const choose = (count: number) => (order.next().value ?? 0) % count;
            const set = (objects: readonly DesiredObject[]) => {
              generation++;
              bench.world.set(objects.map((object) => ({ ...object, generation })));
            };
            for (const [objects, steps] of history) {
              set(objects);
              for (let step = 0; step < steps && bench.busy().length > 0; step++) await actOnce(choose);
            }
            // A revision waits for the end of all use: so there is a moment without any.
            set(last.filter(({ kind }) => kind !== 'attachment'));
            await settle(choose);
            set(last);
            await settle(choose);
            await expectReached(last);
            set([]);
            await settle(choose);
            expect([...bench.world.entries()]).toEqual([]);
            expect(await driver.list()).toEqual({ volumes: [], snapshots: [], drafts: [] });
          },
        ),
        { numRuns: often(60) },
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

/** The fake refuses to change or to remove what is attached, as the kernel does: then the action throws here. */
async function actOnce(choose: (count: number) => number): Promise<void> {
  const keys = bench.busy();
  const key = keys[choose(keys.length)];
  if (key) await bench.act(key);
}

async function expectReached(objects: readonly DesiredObject[]): Promise<void> {
  const { volumes, snapshots, drafts } = await driver.list();
  const of = (kind: DesiredObject['kind']) =>
    objects.filter((object) => object.kind === kind).map(({ id }) => id);
  expect(volumes.map(({ id }) => id).toSorted()).toEqual(of('volume').toSorted());
  expect(snapshots.map(({ id }) => id)).toEqual(of('snapshot'));
  expect(drafts).toEqual([]);
  const used = new Set<string>();
  for (const object of objects) {
    if (object.kind === 'attachment') {
      used.add(object.spec.volumeId);
      expect(deviceOf(object.spec, bench.world)).not.toBeNull();
    }
    if (object.kind !== 'volume') continue;
    const facts = bench.world.find('volume', object.id)?.facts.volume;
    expect(facts?.revision).toBeGreaterThanOrEqual(object.spec.content.revision);
    expect(facts?.size).toBeGreaterThanOrEqual(object.spec.size);
  }
  expect(machine.attached.size).toBe(used.size);
}
