import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileVolumeDriver } from '#drivers/volume/file/driver.ts';
import { exec } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import type { DesiredObject, VolumeReport } from '#node/protocol.ts';
import { ControlRig } from '#test/support/control-rig.ts';
import { FakeNode } from '#test/support/fake-node.ts';
import { aCopy, anAttachment, aSnapshot, aVolume } from '#test/support/node-objects.ts';

/** The node's own code with the file driver, qemu-img and loop devices of this machine. */
const HOST = 'node-1';
const MIB = 2 ** 20;
const size = 1 / 16;

let directory: string;
let control: ControlRig;
let node: FakeNode;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-volumes-'));
  control = await ControlRig.start();
  node = await FakeNode.start({
    connect: control.connect,
    volumeDriver: () => new FileVolumeDriver({ directory: join(directory, 'volumes') }),
  });
  await control.source.until(() => control.source.wholes > 0);
});
afterEach(async () => {
  await node.node.stopWorkloads();
  await node[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
  expect((await exec('losetup', ['--list', '--output', 'BACK-FILE'])).stdout).not.toContain(directory);
  await rm(directory, { recursive: true, force: true });
});

const seen = (id: string) => control.source.seen.get(id) as VolumeReport | undefined;

async function make(...objects: DesiredObject[]): Promise<void> {
  await control.put(HOST, objects);
  for (const { id } of objects)
    await control.source.until(() => {
      if (seen(id)?.failed) throw new Error(seen(id)?.reason ?? '');
      return seen(id)?.status === 'ready';
    });
}

async function deviceOf(attachment: string): Promise<string> {
  return seen(attachment)?.device ?? '';
}

async function sumOf(device: string): Promise<string> {
  await exec('blockdev', ['--flushbufs', device]);
  return createHash('sha256')
    .update(await readFile(device))
    .digest('hex');
}

it('carries bytes from an image over a device, a snapshot and a backup into another volume', async () => {
  const [volume, attachment, snapshot, copy, restored, other] = Array.from({ length: 6 }, newUuid) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const raw = join(directory, 'image.raw');
  const qcow2 = join(directory, 'image.qcow2');
  await exec('qemu-img', ['create', '-f', 'raw', raw, '40M']);
  await using file = await open(raw, 'r+');
  await file.write(randomBytes(9 * MIB), 0, 9 * MIB, 3 * MIB);
  await exec('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
  const image = control.images.add('image-of-a-guest', await readFile(qcow2), { diskFormat: 'qcow2' });

  await make(
    aVolume(volume, { size, source: { kind: 'image', image, format: 'qcow2' } }),
    anAttachment(attachment, volume),
  );
  const device = await deviceOf(attachment);
  expect(device).toMatch(/^\/dev\/loop\d+$/);
  expect((await readFile(device)).subarray(0, 40 * MIB).equals(await readFile(raw))).toBe(true);
  await exec('dd', ['of=' + device, 'bs=1M', 'seek=50', 'conv=notrunc,fsync'], { input: randomBytes(MIB) });
  const before = await sumOf(device);

  await make(aSnapshot(snapshot, volume));
  await exec('dd', ['if=/dev/zero', 'of=' + device, 'bs=1M', 'count=8', 'conv=notrunc,fsync']);
  expect(await sumOf(device)).not.toBe(before);
  await make(aCopy(copy, { snapshot }, { kind: 'backup', id: copy, volumeId: volume, parent: null }));
  await make(
    aVolume(restored, { size, source: { kind: 'backup', id: copy } }),
    anAttachment(other, restored, 'ro'),
  );
  expect(await sumOf(await deviceOf(other))).toBe(before);

  await control.put(
    HOST,
    [],
    (['volume', 'snapshot', 'attachment', 'copy'] as const).flatMap((kind) =>
      control.source.objects.filter((object) => object.kind === kind).map(({ id }) => ({ kind, id })),
    ),
  );
  await control.source.until(() => control.source.gone.length === 6);
}, 60_000);
