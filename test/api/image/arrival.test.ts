import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { sweepImages } from '#services/image/reconcile.ts';
import { ImageDataService } from '#services/image/service/image-data.ts';
import { ImageService } from '#services/image/service/images.ts';
import { imageStore } from '#services/image/store/images.ts';
import type { ImageTables } from '#services/image/tables.ts';
import { aCaller } from '#test/support/api.ts';
import { FileServer } from '#test/support/file-server.ts';
import { ImageRig } from './image-rig.ts';

const MIB = 1 << 20;
const BASE = '/image/v2/images';
const as = aCaller('blue');
let web: FileServer;
let rig: ImageRig;
beforeAll(async () => {
  web = await new FileServer().start();
  const download = {
    schemes: ['http'],
    ports: [web.port],
    hosts: [],
    refusedHosts: [],
    networks: ['127.0.0.1/32'],
  };
  rig = await ImageRig.start({ download });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

const ctx = (): Ctx => ({ ...systemCtx('req-1', rig.deps), ...as, isAdmin: false });
async function create(): Promise<string> {
  const body = { name: 'img', disk_format: 'raw', container_format: 'bare' };
  return (await rig.api.post(BASE, { as, body })).body.id as string;
}
const show = async (id: string) => (await rig.api.get(`${BASE}/${id}`, { as })).body;
const startImport = (id: string, method: object) =>
  rig.api.post(`${BASE}/${id}/import`, { as, body: { method } });

describe('data that is staged', () => {
  const stage = (id: string) =>
    rig.api.put(`${BASE}/${id}/stage`, {
      as,
      body: Buffer.from('whole'),
      headers: { 'content-type': 'application/octet-stream' },
    });

  /** What a crash in the middle of staging leaves. */
  async function halfStaged(): Promise<string> {
    const id = await create();
    const db = rig.deps.database.handle<ImageTables>();
    const image = await imageStore.find(db, id);
    if (image) await imageStore.update(db, { ...image, status: 'uploading' }, 'queued');
    await writeFile(join(rig.directory, 'staging', id), 'half of');
    return id;
  }

  it('cannot be imported before all of it is there', async () => {
    await stage(await create());
    const id = await halfStaged();
    const answer = await startImport(id, { name: 'glance-direct' });
    expect([answer.status, answer.body.message]).toEqual([
      409,
      expect.stringMatching(/not been staged whole/),
    ]);
    expect((await show(id)).status).toBe('uploading');
  });

  it('is thrown away when a crash cut it off, and kept when all of it was there', async () => {
    const [whole, half] = [await create(), await halfStaged()];
    await stage(whole);
    await sweepImages(rig.deps).run(new AbortController().signal);
    expect((await show(half)).status).toBe('queued');
    expect(await rig.files()).not.toContain(half);
    expect((await show(whole)).status).toBe('uploading');
    expect((await stage(half)).status).toBe(204);
    for (const id of [whole, half])
      expect((await startImport(id, { name: 'glance-direct' })).status).toBe(202);
    await rig.tasks.idle();
    expect(await show(half)).toMatchObject({ status: 'active', size: 5 });
    expect(await show(whole)).toMatchObject({ status: 'active', size: 5 });
  });
});

it('what another control process receives is not touched', async () => {
  const id = await create();
  const change = async (receiver: string) => {
    const db = rig.deps.database.handle<ImageTables>();
    const image = await imageStore.find(db, id);
    if (image) await imageStore.update(db, { ...image, status: 'saving', receiver }, image.status);
  };
  await change('another');
  for (const place of ['staging', 'file']) {
    await mkdir(join(rig.directory, place), { recursive: true });
    await writeFile(join(rig.directory, place, id), 'half');
  }
  await sweepImages(rig.deps).run(new AbortController().signal);
  expect((await show(id)).status).toBe('saving');
  expect((await rig.files()).filter((name) => name === id)).toHaveLength(2);

  await change(rig.deps.worker);
  await sweepImages(rig.deps).run(new AbortController().signal);
  expect((await show(id)).status).toBe('queued');
  expect(await rig.files()).not.toContain(id);
});

describe('two that arrive together, each of a size that nobody knew', () => {
  const usage = async () =>
    (await rig.api.get('/image/v2/info/usage', { as })).body.usage.image_size_total.usage as number;
  const statuses = async (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await show(id)).status as string));
  afterAll(() => rig.limits.clear());

  it('are not both taken when there is room for one', async () => {
    const ids = [await create(), await create()];
    const before = await usage();
    rig.limits.set('blue', { image_size_total: before + 3 });
    const data = new ImageDataService({ ...rig.deps, images: new ImageService(rig.deps) });
    let began = 0;
    const both = Promise.withResolvers<void>();
    async function* arriving() {
      if (++began === 2) both.resolve();
      await both.promise;
      yield Buffer.alloc(2 * MIB);
    }
    const results = await Promise.allSettled(
      ids.map((id) => data.upload(ctx(), id, { source: Readable.from(arriving()), length: null })),
    );
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const result of refused) expect(result).toMatchObject({ reason: { kind: 'quota' } });
    expect((await statuses(ids)).filter((status) => status === 'queued')).toHaveLength(refused.length);
    expect(await usage()).toBe(before + 2 * (2 - refused.length));
  });

  it('neither as uploads nor as imports', async () => {
    const ids = [await create(), await create()];
    const before = await usage();
    rig.limits.set('blue', { image_size_total: before + 3 });
    const uri = web.put('/big', Buffer.alloc(2 * MIB));
    for (const id of ids) expect((await startImport(id, { name: 'web-download', uri })).status).toBe(202);
    await rig.tasks.idle();
    const found = await statuses(ids);
    expect(found).toContain('queued');
    expect(found.every((status) => ['queued', 'active'].includes(status))).toBe(true);
    expect(await usage()).toBeLessThanOrEqual(before + 3);
  });
});
