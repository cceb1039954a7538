import { randomBytes } from 'node:crypto';
import { copyFile, open } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { badRequest, CloudError } from '#kernel/errors.ts';
import type { DesiredObject, VolumeReport } from '#node/protocol.ts';
import type { VolumeSourceRef } from '#drivers/volume/driver.ts';
import { ControlRig } from '#test/support/control-rig.ts';
import { CrashPoint } from '#test/support/crash-driver.ts';
import { FakeNode } from '#test/support/fake-node.ts';
import { aContainer, aCopy, anAttachment, aSnapshot, aVolume, uuidOf } from '#test/support/node-objects.ts';

const HOST = 'node-1';
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const [V1, V2, S1, A1, A2, C1, C2] = [1, 2, 3, 4, 5, 6, 7].map(uuidOf) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const toBackup = (id: string, parent: string | null = null) =>
  ({ kind: 'backup', id, volumeId: V1, parent }) as const;

let control: ControlRig;
let node: FakeNode;

beforeEach(async () => {
  control = await ControlRig.start();
  node = await startNode();
  await control.source.until(() => control.source.wholes > 0);
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
});

/** The disk images of these tests are `qcow2:` and then the bytes that a guest sees. */
const HEADER = 6;
const startNode = () =>
  FakeNode.start({
    connect: control.connect,
    diskImages: {
      inspect: async (path, format) => {
        await using file = await open(path);
        const { size } = await file.stat();
        const { buffer } = await file.read(Buffer.alloc(HEADER), 0, HEADER, 0);
        if (String(buffer) !== 'qcow2:') throw badRequest('The disk image is not good.');
        return { format, virtualSize: size - HEADER, actualSize: size };
      },
      convert: async (source, target) => {
        if (target.format !== 'raw') return copyFile(source.path, target.path);
        await using from = await open(source.path);
        await using to = await open(target.path, 'r+');
        const bytes = (await from.readFile()).subarray(HEADER);
        await to.write(bytes, 0, bytes.length, 0);
      },
    },
  });

const seen = (id: string) => control.source.seen.get(id) as VolumeReport | undefined;
const ready = (id: string, generation = 1) =>
  control.source.until(() => seen(id)?.status === 'ready' && seen(id)?.generation === generation);
const said = (id: string, text: string) =>
  control.source.until(() => seen(id)?.reason?.includes(text) ?? false);
const gone = (id: string) => control.source.until(() => control.source.gone.includes(id));
const put = (...objects: DesiredObject[]) => control.put(HOST, objects);
const remove = (kind: DesiredObject['kind'], id: string) => control.put(HOST, [], [{ kind, id }]);
const inventory = async () => {
  const { volumes, snapshots, drafts } = await node.volumeDriver.list();
  return {
    volumes: volumes.map(({ id }) => id).toSorted(),
    snapshots: snapshots.map(({ id }) => id),
    drafts,
  };
};

async function read(ref: VolumeSourceRef, bytes: number, offset = 0): Promise<Buffer> {
  const source = await node.volumeDriver.open(ref);
  await using file = await open(source.path);
  const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, offset);
  await source.close();
  return buffer;
}

async function write(volume: string, bytes: Buffer, offset = 0): Promise<void> {
  const source = await node.volumeDriver.open({ volume });
  await using file = await open(source.path, 'r+');
  await file.write(bytes, 0, bytes.length, offset);
}

describe('a volume', () => {
  it('is made, and is a device as long as somebody wants it', async () => {
    await put(aVolume(V1), anAttachment(A1, V1, 'ro'));
    await ready(A1);
    const device = seen(A1)?.device;
    expect(seen(V1)).toMatchObject({ status: 'ready', revision: 1, size: 1, failed: false, reason: null });
    expect([...node.volumes.attached.values()]).toEqual(['ro']);
    await put(anAttachment(A2, V1, 'rw'));
    await ready(A2);
    expect(seen(A2)?.device).toBe(device);
    expect([...node.volumes.attached.values()]).toEqual(['rw']);
    await remove('attachment', A2);
    await gone(A2);
    expect(node.volumes.attached.size).toBe(1);
    await remove('attachment', A1);
    await gone(A1);
    expect(node.volumes.attached.size).toBe(0);
  });

  it('grows, also while it is attached', async () => {
    await put(aVolume(V1), anAttachment(A1));
    await put(anAttachment(A1, V1));
    await ready(A1);
    await put(aVolume(V1, { generation: 2, size: 3 }));
    await ready(V1, 2);
    expect(seen(V1)).toMatchObject({ size: 3 });
    expect((await node.volumeDriver.list()).volumes).toMatchObject([{ bytes: 3 * 2 ** 30 }]);
  });

  it('goes after its attachments, copies and snapshots', async () => {
    await put(aVolume(V1), aSnapshot(S1, V1), anAttachment(A1, V1));
    await ready(A1);
    await ready(S1);
    await remove('volume', V1);
    await remove('attachment', A1);
    await gone(A1);
    expect((await inventory()).volumes).toEqual([V1]);
    await remove('snapshot', S1);
    await gone(V1);
    expect(await inventory()).toEqual({ volumes: [], snapshots: [], drafts: [] });
  });

  it('of a backend that is not here fails for good, and goes', async () => {
    const elsewhere = aVolume(V1);
    await put({ ...elsewhere, spec: { ...elsewhere.spec, backend: 'ceph' } });
    await control.source.untilStatus(V1, 'error');
    expect(seen(V1)).toMatchObject({ failed: true, revision: 0 });
    await remove('volume', V1);
    await gone(V1);
  });

  it('does not keep a container waiting while it is filled', async () => {
    const release = node.volumes.faults.hold('cloneToDraft');
    await put(aVolume(V1), aSnapshot(S1, V1));
    await ready(S1);
    const clones = [11, 12, 13].map((number) =>
      aVolume(uuidOf(number), { source: { kind: 'snapshot', id: S1 } }),
    );
    await put(...clones, aContainer('c1', { run: 1 }));
    await control.source.untilStatus('c1', 'running');
    await control.source.until(
      () => clones.filter(({ id }) => seen(id)?.reason === 'waiting for other transfers to end').length === 1,
    );
    release();
    for (const { id } of clones) await ready(id);
  });
});

describe('the content of a volume', () => {
  it('comes from a raw image, sparse', async () => {
    const bytes = Buffer.concat([randomBytes(MIB + 7), Buffer.alloc(3 * MIB), randomBytes(1000)]);
    const image = control.images.add('raw', bytes);
    await put(aVolume(V1, { source: { kind: 'image', image, format: 'raw' } }));
    await ready(V1);
    expect((await read({ volume: V1 }, bytes.length)).equals(bytes)).toBe(true);
    const { path } = await node.volumeDriver.open({ volume: V1 });
    await using file = await open(path);
    expect((await file.stat()).blocks * 512).toBeLessThan(2 * MIB);
  });

  it('comes from an image of another format, looked into and converted', async () => {
    const bytes = randomBytes(200_000);
    const image = control.images.add('q', Buffer.concat([Buffer.from('qcow2:'), bytes]));
    await put(aVolume(V1, { source: { kind: 'image', image, format: 'qcow2' } }));
    await ready(V1);
    expect((await read({ volume: V1 }, bytes.length)).equals(bytes)).toBe(true);
  });

  it('is refused for good when the image is bad, changed or gone, and says why', async () => {
    const image = control.images.add('bad', Buffer.from('garbage'));
    const of = (ref: typeof image) => ({ kind: 'image', image: ref, format: 'qcow2' }) as const;
    await put(
      aVolume(V1, { source: of(image) }),
      aVolume(V2, { source: of({ ...image, checksum: 'other' }) }),
    );
    await put(aVolume(S1, { source: of({ id: 'nowhere', checksum: 'x' }) }));
    await said(V1, 'not good');
    await said(V2, 'has changed');
    await said(S1, 'No image');
    for (const id of [V1, V2, S1])
      expect(seen(id)).toMatchObject({ status: 'error', failed: true, revision: 0 });
    expect(await inventory()).toEqual({ volumes: [], snapshots: [], drafts: [] });
    await put(aVolume(V1, { generation: 2 }));
    await ready(V1, 2);
  });

  it('is a copy of another volume or a snapshot, that is its own', async () => {
    await put(aVolume(V1), anAttachment(A1, V1));
    await ready(A1);
    await write(V1, Buffer.from('one'));
    await put(aSnapshot(S1, V1));
    await ready(S1);
    await write(V1, Buffer.from('two'));
    await put(
      aVolume(V2, { source: { kind: 'volume', id: V1 } }),
      aVolume(C1, { size: 2, source: { kind: 'snapshot', id: S1 } }),
    );
    await ready(V2);
    await ready(C1);
    expect(String(await read({ volume: V2 }, 3))).toBe('two');
    expect(String(await read({ volume: C1 }, 3))).toBe('one');
    expect((await inventory()).snapshots).toEqual([S1]);
  });

  it('is another one with the next revision, but not under the hands of a user', async () => {
    await put(aVolume(V1), anAttachment(A1, V1));
    await ready(A1);
    await write(V1, Buffer.from('old'));
    await put(aSnapshot(S1, V1));
    await ready(S1);
    await write(V1, Buffer.from('new'));
    await put(aVolume(V1, { generation: 2, revision: 2, source: { kind: 'snapshot', id: S1 } }));
    await said(V1, 'waiting until it is detached');
    expect(seen(V1)).toMatchObject({ status: 'working', revision: 1, failed: false });
    expect(String(await read({ volume: V1 }, 3))).toBe('new');
    await remove('attachment', A1);
    await ready(V1, 2);
    expect(seen(V1)).toMatchObject({ revision: 2 });
    expect(String(await read({ volume: V1 }, 3))).toBe('old');
  });

  it('stays when the next revision fails, and can still be used', async () => {
    await put(aVolume(V1));
    await ready(V1);
    await write(V1, Buffer.from('mine'));
    const image = control.images.add('bad', Buffer.from('garbage'));
    await put(aVolume(V1, { generation: 2, revision: 2, source: { kind: 'image', image, format: 'qcow2' } }));
    await control.source.untilStatus(V1, 'error');
    await put(anAttachment(A1, V1));
    await ready(A1);
    expect(seen(V1)).toMatchObject({ revision: 1, failed: true });
    expect(String(await read({ volume: V1 }, 4))).toBe('mine');
  });

  it('is fetched again when the line breaks', async () => {
    const bytes = randomBytes(30 * MIB);
    const image = control.images.add('raw', bytes);
    await put(aVolume(V1, { source: { kind: 'image', image, format: 'raw' } }));
    await said(V1, ' %');
    control.hangUp();
    await ready(V1);
    expect((await read({ volume: V1 }, bytes.length)).equals(bytes)).toBe(true);
  });

  it('is left alone when the node has lost its memory', async () => {
    await node.volumeDriver.ensureVolume(V1, 2 ** 30);
    await write(V1, Buffer.from('mine'));
    await put(aVolume(V1, { source: { kind: 'image', image: { id: 'x', checksum: 'x' }, format: 'raw' } }));
    await ready(V1);
    expect(String(await read({ volume: V1 }, 4))).toBe('mine');
  });

  it('is no more fetched when the volume is to go', async () => {
    control.backups.manifests.set(C1, {
      version: 1,
      volumeId: V2,
      bytes: MIB,
      pieceBytes: MIB,
      pieces: ['a'],
    });
    const never = Promise.withResolvers<never>();
    control.backups.get = () => never.promise;
    await put(aVolume(V1, { source: { kind: 'backup', id: C1 } }));
    await expect.poll(() => node.volumes.calls).toContain(`draft ${V1}`);
    await remove('volume', V1);
    await gone(V1);
    expect(await inventory()).toEqual({ volumes: [], snapshots: [], drafts: [] });
  });
});

describe('a backup', () => {
  const piece = 4 * MIB;
  const size = 62 * MIB;

  it('has what the volume had, and a later one sends only what changed', async () => {
    const [first, last, other] = [randomBytes(1000), randomBytes(5000), randomBytes(10)] as const;
    await put(aVolume(V1, { size: size / GIB }), anAttachment(A1, V1));
    await ready(A1);
    await write(V1, first);
    await write(V1, last, size - last.length);
    await put(aCopy(C1, { volume: V1 }, toBackup(C1)));
    await ready(C1);
    expect(seen(C1)?.copied).toEqual({ bytes: size, sentBytes: piece + 2 * MIB, pieces: 2 });
    await write(V1, other, 21 * MIB);
    await put(aCopy(C2, { volume: V1 }, toBackup(C2, C1)));
    await ready(C2);
    expect(seen(C2)?.copied).toEqual({ bytes: size, sentBytes: piece, pieces: 1 });
    expect((await inventory()).snapshots).toEqual([]);
    expect(control.backups.manifests.get(C2)).toMatchObject({ volumeId: V1, bytes: size });

    await put(aVolume(V2, { source: { kind: 'backup', id: C2 } }));
    await ready(V2);
    expect((await read({ volume: V2 }, first.length)).equals(first)).toBe(true);
    expect((await read({ volume: V2 }, last.length, size - last.length)).equals(last)).toBe(true);
    expect((await read({ volume: V2 }, other.length, 21 * MIB)).equals(other)).toBe(true);
  });

  it('goes on after a failure of the store, and says how far it is', async () => {
    await put(aVolume(V1, { size: size / GIB }), anAttachment(A1, V1));
    await ready(A1);
    await write(V1, randomBytes(20 * MIB));
    let puts = 0;
    control.backups.beforePut = async () => {
      if (++puts === 3) throw new CloudError('unavailable', 'the store is full of sand');
    };
    await put(aCopy(C1, { volume: V1 }, toBackup(C1)));
    await ready(C1);
    expect(new Set(control.backups.puts).size).toBe(5);
    expect((await inventory()).snapshots).toEqual([]);
  });

  it('that control did not ask for is refused', async () => {
    await put(aVolume(V1, { size: size / GIB }));
    await ready(V1);
    const copy = aCopy(C1, { volume: V1 }, toBackup(C1));
    await write(V1, randomBytes(10));
    await control.placement.nodes.put(HOST, [copy], []); // no source of control's wants it
    await said(C1, 'Control has not asked this node');
    expect(seen(C1)).toMatchObject({ status: 'error', failed: true });
    expect(control.backups.puts).toEqual([]);
  });

  it('that came spoilt, or is larger than the volume, is not restored', async () => {
    const manifest = { version: 1, volumeId: V2, pieceBytes: piece, pieces: ['no digest'] } as const;
    control.backups.pieces.set('no digest', randomBytes(piece));
    control.backups.manifests.set(C1, { ...manifest, bytes: piece });
    control.backups.manifests.set(C2, { ...manifest, bytes: 2 ** 31 });
    await put(aVolume(V1, { source: { kind: 'backup', id: C1 } }));
    await put(aVolume(V2, { source: { kind: 'backup', id: C2 } }));
    await said(V1, 'spoilt');
    await said(V2, 'larger');
    expect(seen(V1)).toMatchObject({ failed: false, revision: 0 });
    expect(seen(V2)).toMatchObject({ failed: true, revision: 0 });
    expect((await inventory()).volumes).toEqual([]);
  });
});

describe('an image of a volume', () => {
  const size = 20 * MIB;

  it('is uploaded, converted where it is asked for', async () => {
    await put(aVolume(V1, { size: size / GIB }));
    await ready(V1);
    await write(V1, Buffer.from('qcow2:content'));
    for (const [id, format] of [
      [C1, 'raw'],
      [C2, 'qcow2'],
    ] as const) {
      control.images.prepare(id, format);
      await put(aCopy(id, { volume: V1 }, { kind: 'image', id, format }));
      await ready(id);
      expect(seen(id)?.copied).toMatchObject({ bytes: size, sentBytes: size });
      expect(control.images.stored.get(id)?.status).toBe('active');
      expect(String(control.images.bytesOf(id).subarray(0, 13))).toBe('qcow2:content');
      expect(control.images.bytesOf(id)).toHaveLength(size);
    }
  });
});

describe('after a break', () => {
  it('of the machine what was attached is attached again', async () => {
    await put(aVolume(V1), anAttachment(A1, V1));
    await ready(A1);
    await node.stop();
    node.reboot();
    control.source.seen.clear();
    await node.start();
    await ready(A1);
    expect([...node.volumes.attached.values()]).toEqual(['rw']);
  });

  it('ordered by stopWorkloads nothing is attached, and the next start attaches it again', async () => {
    await put(aVolume(V1), anAttachment(A1, V1));
    await ready(A1);
    await node.node.stopWorkloads();
    expect(node.volumes.attached.size).toBe(0);
    await node.stop();
    await node.start();
    await expect.poll(() => node.volumes.attached.size).toBe(1);
  });

  it('what is on the machine and nobody wants is removed', async () => {
    await node.volumeDriver.ensureVolume(V1, MIB);
    await node.volumeDriver.ensureSnapshot(S1, V1);
    await node.volumeDriver.attach(V1, 'rw');
    await node.stop();
    await node.start();
    await expect.poll(inventory, { timeout: 10_000 }).toEqual({ volumes: [], snapshots: [], drafts: [] });
    expect(node.volumes.attached.size).toBe(0);
  });

  it('control knows what room there is', async () => {
    const [known] = await control.placement.nodes.list(control.ctx);
    expect(known?.volumeBackends).toMatchObject([{ name: 'fake', thin: true }]);
    expect(known?.volumeBackends[0]?.total).toBeGreaterThan(0);
  });
});

describe('a node that is killed in the middle of a change', () => {
  const size = 1 / 128;
  const life: readonly DesiredObject[] = [
    aVolume(V1, { size }),
    anAttachment(A1, V1),
    aSnapshot(S1, V1),
    aVolume(V2, { size, source: { kind: 'volume', id: V1 } }),
    aVolume(uuidOf(20), { size, source: { kind: 'snapshot', id: S1 } }),
    aCopy(C1, { volume: V1 }, toBackup(C1)),
  ];

  it.each(['before', 'after'] as const)(
    '%s it takes effect does it all the same',
    async (when) => {
      const points: string[] = [];
      for (let count = 1; count < 40; count++) {
        const name = await liveAndDie(count, when);
        if (name === null) break;
        points.push(name);
      }
      expect(new Set(points).size).toBeGreaterThanOrEqual(9);
    },
    120_000,
  );

  /** All of the life and its end, with a crash in one change. @returns where it was; null = there are not so many changes */
  async function liveAndDie(count: number, when: 'before' | 'after'): Promise<string | null> {
    await node[Symbol.asyncDispose]();
    await expect.poll(() => control.placement.nodes.connected).toBe(0);
    control.source.objects = [];
    const point = new CrashPoint(count, when);
    let isFirst = true;
    const wrap = (driver: Parameters<typeof point.wrap>[0]) => {
      const wrapped = isFirst ? point.wrap(driver) : driver;
      isFirst = false;
      return wrapped;
    };
    node = await FakeNode.start({ connect: control.connect, volumeDriver: wrap });
    let crashed: string | null = null;
    const restarted = point.crashed.promise.then(async (name) => {
      crashed = name;
      await node.lose();
      await point.quiet();
      control.source.seen.clear();
      await node.start();
    });
    const attempt = async (objects: readonly DesiredObject[]) => {
      control.source.objects = [...objects];
      await control.placement.nodes
        .put(
          HOST,
          objects,
          life.filter((one) => !objects.includes(one)),
        )
        .catch(() => {}); // it is dead: it learns it at its return
    };
    await expect.poll(() => control.placement.nodes.connected).toBe(1);
    await attempt(life);
    for (const { id } of life) await ready(id);
    expect((await inventory()).snapshots).toEqual([S1]);
    expect(node.volumes.attached.size).toBe(1);
    await attempt([]);
    await expect.poll(inventory, { timeout: 10_000 }).toEqual({ volumes: [], snapshots: [], drafts: [] });
    if (crashed !== null) await restarted;
    expect(node.volumes.attached.size).toBe(0);
    await expect.poll(() => [...node.node.world.entries()]).toEqual([]);
    point.end();
    return crashed;
  }
});
