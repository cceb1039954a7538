import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { newUuid } from '#kernel/ids.ts';
import type { NewImage } from '#services/image/port.ts';
import { sweepImages } from '#services/image/reconcile.ts';
import { imageStore } from '#services/image/store/images.ts';
import type { ImageTables } from '#services/image/tables.ts';
import { aCaller } from '#test/support/api.ts';
import { ImageRig } from './image-rig.ts';

let rig: ImageRig;
beforeAll(async () => {
  rig = await ImageRig.start();
});
afterAll(() => rig[Symbol.asyncDispose]());

const ctxOf = (projectId: string): Ctx => {
  const caller = aCaller(projectId);
  return { ...systemCtx('req-1', rig.deps), ...caller, isAdmin: false };
};
const blue = () => ctxOf('blue');
const anImage = (changes: Partial<NewImage> = {}): NewImage => ({
  id: newUuid(),
  name: 'of a volume',
  diskFormat: 'raw',
  containerFormat: 'bare',
  visibility: 'private',
  properties: { os_distro: 'debian' },
  minDisk: 1,
  protected: false,
  ...changes,
});
const bytes = (of: string) => Buffer.from(of);

describe('data that arrives in pieces', () => {
  it('becomes an image once all of it is there', async () => {
    const image = anImage();
    expect(await rig.port.create(blue(), image)).toMatchObject({
      id: image.id,
      status: 'queued',
      owner: 'blue',
      visibility: 'private',
      protected: false,
      properties: { os_distro: 'debian' },
      virtualSize: null,
    });
    expect(await rig.port.append(blue(), image.id, 0, bytes('hello '))).toEqual({ offset: 6 });
    expect(await rig.port.append(blue(), image.id, 6, bytes('world'))).toEqual({ offset: 11 });
    const hash = createHash('sha512').update('hello world').digest('hex');
    const done = { status: 'active', size: 11, virtualSize: 11, hash };
    expect(await rig.port.finish(blue(), image.id, 11)).toMatchObject(done);
    expect(await rig.port.finish(blue(), image.id, 11)).toMatchObject(done);
    expect(await text((await rig.port.open(blue(), image.id)).stream)).toBe('hello world');
  });

  it('may come twice, half again, or too early: the answer tells where to go on', async () => {
    const image = anImage();
    await rig.port.create(blue(), image);
    await rig.port.append(blue(), image.id, 0, bytes('abc'));
    expect(await rig.port.append(blue(), image.id, 0, bytes('abc'))).toEqual({ offset: 3 });
    expect(await rig.port.append(blue(), image.id, 9, bytes('xyz'))).toEqual({ offset: 3 });
    expect(await rig.port.append(blue(), image.id, 2, bytes('cde'))).toEqual({ offset: 5 });
    expect(await rig.port.append(blue(), image.id, 0, new Uint8Array())).toEqual({ offset: 5 });
    await expect(rig.port.finish(blue(), image.id, 9)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await rig.port.finish(blue(), image.id, 5)).toMatchObject({ status: 'active', size: 5 });
    await expect(rig.port.append(blue(), image.id, 5, bytes('f'))).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it('is refused when it is not what the image says, and nothing stays', async () => {
    const image = anImage({ diskFormat: 'qcow2' });
    await rig.port.create(blue(), image);
    await rig.port.append(blue(), image.id, 0, bytes('no qcow2'));
    await expect(rig.port.finish(blue(), image.id, 8)).rejects.toMatchObject({ kind: 'bad-request' });
    expect(await rig.port.get(blue(), image.id)).toMatchObject({ status: 'queued', size: null });
    expect(await rig.files()).not.toContain(image.id);
  });

  it('is forgotten when the caller says so, and bounded', async () => {
    const image = anImage();
    await rig.port.create(blue(), image);
    await rig.port.append(blue(), image.id, 0, bytes('abc'));
    await rig.port.discard(blue(), image.id);
    await rig.port.discard(blue(), image.id);
    expect(await rig.port.append(blue(), image.id, 3, bytes('d'))).toEqual({ offset: 0 });
    const beyond = rig.port.append(blue(), image.id, rig.deps.maxBytes, bytes('x'));
    await expect(beyond).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('is removed with what came of it, however often, and although it is protected', async () => {
    const image = { ...anImage(), protected: true };
    await rig.port.create(blue(), image);
    await rig.port.append(blue(), image.id, 0, bytes('abc'));
    await expect(rig.port.remove(ctxOf('red'), image.id)).resolves.toBeUndefined();
    expect(await rig.port.find(blue(), image.id)).toMatchObject({ status: 'saving' });
    for (let time = 0; time < 2; time++) await rig.port.remove(blue(), image.id);
    expect(await rig.port.find(blue(), image.id)).toBeUndefined();
    await rig.port.create(blue(), image);
    expect(await rig.port.append(blue(), image.id, 3, bytes('d'))).toEqual({ offset: 0 });
  });

  it("is nobody else's to send, and an id is one project's", async () => {
    const image = anImage();
    await rig.port.create(blue(), image);
    const red = ctxOf('red');
    await expect(rig.port.append(red, image.id, 0, bytes('x'))).rejects.toMatchObject({ kind: 'not-found' });
    await expect(rig.port.create(red, image)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await rig.port.create(blue(), image)).toMatchObject({ id: image.id });
  });
});

it('after a crash, what was receiving is queued again, and bytes that nobody owns are gone', async () => {
  const [half, staged] = [anImage(), anImage()];
  await rig.port.create(blue(), half);
  await rig.port.create(blue(), staged);
  await rig.port.append(blue(), half.id, 0, bytes('abc'));
  await rig.port.append(blue(), staged.id, 0, bytes('abc'));
  const db = rig.deps.database.handle<ImageTables>();
  const image = await imageStore.find(db, staged.id);
  if (image) await imageStore.update(db, { ...image, status: 'uploading', size: 3 }, 'saving');
  const [orphan, lost] = [newUuid(), newUuid()];
  await writeFile(join(rig.directory, 'file', orphan), 'x');
  await writeFile(join(rig.directory, 'staging', lost), 'x');
  await sweepImages(rig.deps).run(new AbortController().signal);
  expect(await rig.port.get(blue(), half.id)).toMatchObject({ status: 'queued' });
  const files = await rig.files();
  expect(files).toContain(staged.id);
  for (const gone of [half.id, orphan, lost]) expect(files).not.toContain(gone);
});
