import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { FileServer } from '#test/support/file-server.ts';
import { ImageRig } from './image-rig.ts';

const blue = aCaller('blue');
const red = aCaller('red');
const admin = anAdmin();
const BASE = '/image/v2/images';
const OCTETS = { 'content-type': 'application/octet-stream' };
let web: FileServer;
let rig: ImageRig;
let several: ImageRig;

beforeAll(async () => {
  web = await new FileServer().start();
  const download = {
    schemes: ['http'],
    ports: [web.port],
    hosts: [],
    refusedHosts: ['refused.test'],
    networks: ['127.0.0.1/32'],
  };
  rig = await ImageRig.start({ download, conversion: 'raw' });
  several = await ImageRig.start({ download, storeIds: ['fast', 'slow'] });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await several[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

async function create(of: ImageRig, fields: object = {}): Promise<string> {
  const body = { name: 'img', disk_format: 'raw', container_format: 'bare', ...fields };
  return (await of.api.post(BASE, { as: blue, body })).body.id as string;
}
const show = async (of: ImageRig, id: string) => (await of.api.get(`${BASE}/${id}`, { as: blue })).body;
const startImport = (of: ImageRig, id: string, body: object, as = blue) =>
  of.api.post(`${BASE}/${id}/import`, { as, body });
const fromWeb = (uri: string) => ({ method: { name: 'web-download', uri } });
const tasksOf = async (of: ImageRig, id: string) =>
  (await of.api.get(`${BASE}/${id}/tasks`, { as: blue })).body.tasks as Record<string, unknown>[];

/** What became of an import. */
async function importFrom(uri: string): Promise<{ status: string; message: unknown }> {
  const id = await create(rig);
  expect((await startImport(rig, id, fromWeb(uri))).status).toBe(202);
  await rig.tasks.idle();
  const [task] = await tasksOf(rig, id);
  expect(await rig.files()).not.toContain(id);
  return { status: (await show(rig, id)).status as string, message: task?.['message'] };
}

describe('web-download', () => {
  it('fetches what is at a URL, and its task tells of it', async () => {
    const id = await create(rig);
    const answer = await startImport(rig, id, fromWeb(web.put('/good', 'hello world')));
    expect(answer.status).toBe(202);
    await rig.tasks.idle();
    expect(await show(rig, id)).toMatchObject({ status: 'active', size: 11, virtual_size: 11 });
    expect((await rig.api.get(`${BASE}/${id}/file`, { as: blue })).text).toBe('hello world');
    const [task, ...others] = await tasksOf(rig, id);
    expect(others).toEqual([]);
    expect(task).toMatchObject({
      status: 'success',
      type: 'api_image_import',
      image_id: id,
      request_id: answer.headers['x-openstack-request-id'],
      input: { import_req: { method: { name: 'web-download' } } },
      result: { image_id: id },
    });
  });

  it('follows redirections, each of which must pass as well', async () => {
    web.put('/there', 'moved');
    web.answers.set('/moved', (_, response) => response.writeHead(302, { location: '/there' }).end());
    const id = await create(rig);
    await startImport(rig, id, fromWeb(web.url('/moved')));
    await rig.tasks.idle();
    expect(await show(rig, id)).toMatchObject({ status: 'active', size: 5 });
    web.answers.set('/out', (_, response) =>
      response.writeHead(302, { location: `http://127.0.0.2:${web.port}/there` }).end(),
    );
    expect(await importFrom(web.url('/out'))).toMatchObject({
      status: 'queued',
      message: expect.stringContaining('filtering') as string,
    });
    web.answers.set('/round', (_, response) => response.writeHead(302, { location: '/round' }).end());
    expect((await importFrom(web.url('/round'))).message).toMatch(/redirected more than/);
  });

  it.each([
    ['a file', 'file:///etc/passwd'],
    ['another scheme', 'gopher://127.0.0.1/'],
    ['another port', 'http://127.0.0.1:1/'],
    ['an address of the own network', 'http://10.0.0.1:PORT/'],
    ['the address of clouds for their machines', 'http://169.254.169.254:PORT/'],
    ['the loopback by another name', 'http://[::1]:PORT/'],
    ['the loopback in disguise', 'http://[::ffff:127.0.0.2]:PORT/'],
    ['the loopback as a number', 'http://2130706434:PORT/'],
    ['nothing in particular', 'http://0.0.0.0:PORT/'],
    ['a host that is refused', 'http://refused.test:PORT/'],
    ['a URL with a password', 'http://user:secret@127.0.0.1:PORT/'],
    ['no URL', 'somewhere'],
  ])('refuses %s at once', async (_, uri) => {
    const id = await create(rig);
    const answer = await startImport(rig, id, fromWeb(uri.replace('PORT', String(web.port))));
    expect(answer.status).toBe(400);
    expect((await show(rig, id)).status).toBe('queued');
  });

  it('refuses a name that stands for an address it may not reach', async () => {
    const strict = { ...rig.deps.download, networks: [] };
    await using own = await ImageRig.start({ download: strict });
    const id = await create(own);
    await startImport(own, id, fromWeb(`http://localhost:${web.port}/good`));
    await own.tasks.idle();
    expect((await show(own, id)).status).toBe('queued');
    expect((await tasksOf(own, id))[0]?.['message']).toMatch(/addresses that may not be reached/);
  });

  it('goes back to queued with the reason when there is nothing good at the URL', async () => {
    expect(await importFrom(web.url('/nothing'))).toMatchObject({
      status: 'queued',
      message: expect.stringContaining('404') as string,
    });
    web.answers.set('/cut', (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('only this', () => response.destroy());
    });
    expect((await importFrom(web.url('/cut'))).message).toMatch(/could not be fetched/);
    web.answers.set('/endless', (_, response) => {
      response.writeHead(200, { 'content-length': String(2 ** 40) }).flushHeaders();
    });
    expect((await importFrom(web.url('/endless'))).message).toMatch(/exceeds the limit/);
    expect((await importFrom(web.put('/really', Buffer.from('QFI\xfb', 'latin1')))).message).toMatch(
      /format qcow2/,
    );
  });

  it('of an image that is deleted meanwhile ends, and leaves nothing', async () => {
    const reached = Promise.withResolvers<void>();
    web.answers.set('/slow', (_, response) => {
      response.write('a beginning');
      reached.resolve();
    });
    const id = await create(rig);
    await startImport(rig, id, fromWeb(web.url('/slow')));
    await reached.promise;
    expect((await show(rig, id)).status).toBe('importing');
    expect((await startImport(rig, id, fromWeb(web.url('/slow')))).status).toBe(409);
    expect((await rig.api.delete(`${BASE}/${id}`, { as: blue })).status).toBe(204);
    await rig.tasks.idle();
    expect(await rig.files()).not.toContain(id);
    const tasks = (await rig.api.get('/image/v2/tasks?limit=100', { as: admin })).body.tasks as {
      image_id: string;
      status: string;
    }[];
    expect(tasks.find(({ image_id }) => image_id === id)?.status).toBe('failure');
  });
});

it('imported disks are turned into the wanted format', async () => {
  const disk = join(rig.directory, 'disk.qcow2');
  await exec('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1M']);
  const id = await create(rig, { disk_format: 'qcow2' });
  await startImport(rig, id, fromWeb(web.put('/disk', await readFile(disk))));
  await rig.tasks.idle();
  expect(await show(rig, id)).toMatchObject({
    status: 'active',
    disk_format: 'raw',
    size: 1 << 20,
    virtual_size: 1 << 20,
  });
});

describe('imports', () => {
  it('are refused in the wrong state, of strangers, and by methods there are not', async () => {
    const id = await create(rig);
    expect((await startImport(rig, id, { method: { name: 'glance-direct' } })).status).toBe(409);
    expect((await startImport(rig, id, { method: { name: 'telepathy' } })).status).toBe(400);
    expect((await startImport(rig, id, { method: { name: 'web-download' } })).status).toBe(400);
    expect((await startImport(rig, id, { method: { name: 'copy-image' } }, admin)).status).toBe(400);
    expect((await startImport(rig, id, fromWeb(web.url('/x')), red)).status).toBe(404);
    expect((await startImport(rig, id, { ...fromWeb(web.url('/x')), all_stores: true })).status).toBe(409);
    const formless = (await rig.api.post(BASE, { as: blue, body: {} })).body.id as string;
    expect((await startImport(rig, formless, fromWeb(web.url('/x')))).status).toBe(400);
  });

  it('are listed for administrators, in pages', async () => {
    const first = (await rig.api.get('/image/v2/tasks?limit=1&status=success', { as: admin })).body;
    expect(first.tasks).toHaveLength(1);
    expect(first.tasks[0]).not.toHaveProperty('input');
    const second = (await rig.api.get(`/image${first.next}`, { as: admin })).body;
    expect(second.tasks[0].id).not.toBe(first.tasks[0].id);
    const { id } = first.tasks[0] as { id: string };
    expect((await rig.api.get(`/image/v2/tasks/${id}`, { as: admin })).body).toMatchObject({ id });
    expect((await rig.api.get(`/image/v2/tasks/${id}`, { as: blue })).status).toBe(403);
    expect((await rig.api.get('/image/v2/tasks', { as: blue })).status).toBe(403);
  });

  it('are begun by the older call for tasks, with the image', async () => {
    const input = {
      import_from: web.put('/legacy', 'legacy'),
      image_properties: { name: 'legacy', disk_format: 'raw', container_format: 'bare' },
    };
    const made = await rig.api.post('/image/v2/tasks', { as: admin, body: { type: 'import', input } });
    expect(made).toMatchObject({ status: 201, body: { type: 'import', status: 'pending' } });
    await rig.tasks.idle();
    const { body } = await rig.api.get(`/image/v2/tasks/${made.body.id}`, { as: admin });
    expect(body).toMatchObject({ status: 'success', result: { image_id: made.body.image_id } });
    const bad = { type: 'import', input: { ...input, import_from: 'file:///etc/passwd' } };
    expect((await rig.api.post('/image/v2/tasks', { as: admin, body: bad })).status).toBe(400);
    const other = { type: 'export', input };
    expect((await rig.api.post('/image/v2/tasks', { as: admin, body: other })).status).toBe(400);
  });
});

describe('locations', () => {
  const add = (id: string, hash: string, as = blue) =>
    rig.api.post(`${BASE}/${id}/locations`, {
      as,
      body: {
        url: web.put('/location', 'from there'),
        validation_data: { os_hash_algo: 'sha512', os_hash_value: hash },
      },
    });
  const hash = createHash('sha512').update('from there').digest('hex');

  it('that are added are fetched, if they have the right hash', async () => {
    const id = await create(rig);
    expect((await add(id, '0'.repeat(128))).status).toBe(202);
    await rig.tasks.idle();
    expect((await show(rig, id)).status).toBe('queued');
    expect((await add(id, hash, red)).status).toBe(404);
    expect((await add(id, hash)).status).toBe(202);
    await rig.tasks.idle();
    expect(await show(rig, id)).toMatchObject({ status: 'active', os_hash_value: hash });
    const shown = await rig.api.get(`${BASE}/${id}/locations`, { as: admin });
    expect(shown.body).toEqual([{ url: `file://file/${id}`, metadata: { store: 'file' } }]);
    expect((await rig.api.get(`${BASE}/${id}/locations`, { as: blue })).status).toBe(403);
  });
});

describe('with several stores', () => {
  const stage = async (id: string) =>
    several.api.put(`${BASE}/${id}/stage`, { as: blue, body: Buffer.from('abc'), headers: OCTETS });

  it('clients are told which there are', async () => {
    const { body } = await several.api.get('/image/v2/info/stores', { as: blue });
    expect(body).toEqual({ stores: [{ id: 'fast', default: 'true' }, { id: 'slow' }] });
    const detail = await several.api.get('/image/v2/info/stores/detail', { as: admin });
    expect(detail.body.stores[0]).toMatchObject({ id: 'fast', type: 'file' });
    expect((await several.api.get('/image/v2/info/stores/detail', { as: blue })).status).toBe(403);
    const made = await several.api.post(BASE, { as: blue, body: {} });
    expect(made.headers['openstack-image-store-ids']).toBe('fast,slow');
    expect(made.headers['openstack-image-import-methods']).toBe('glance-direct,web-download,copy-image');
    expect((await rig.api.get('/image/v2/info/stores', { as: blue })).status).toBe(404);
  });

  it('an image goes to all, to one, or to the one that an upload names', async () => {
    const all = await create(several);
    await stage(all);
    await startImport(several, all, { method: { name: 'glance-direct' }, all_stores: true });
    await several.tasks.idle();
    expect(await show(several, all)).toMatchObject({
      status: 'active',
      stores: 'fast,slow',
      os_glance_importing_to_stores: '',
      os_glance_failed_import: '',
    });
    const one = await create(several);
    const headers = { ...OCTETS, 'x-image-meta-store': 'slow' };
    await several.api.put(`${BASE}/${one}/file`, { as: blue, body: Buffer.from('abc'), headers });
    expect((await show(several, one)).stores).toBe('slow');
    const other = await create(several);
    await stage(other);
    const unknown = { method: { name: 'glance-direct' }, stores: ['attic'] };
    expect((await startImport(several, other, unknown)).status).toBe(400);
  });

  it('an image is copied by administrators, and taken out of all but the last', async () => {
    const id = await create(several);
    await several.api.put(`${BASE}/${id}/file`, { as: blue, body: Buffer.from('abc'), headers: OCTETS });
    const copy = { method: { name: 'copy-image' }, stores: ['slow'] };
    expect((await startImport(several, id, copy)).status).toBe(403);
    expect((await startImport(several, id, copy, admin)).status).toBe(202);
    await several.tasks.idle();
    expect((await show(several, id)).stores).toBe('fast,slow');
    const out = (store: string, as = blue) => several.api.delete(`/image/v2/stores/${store}/${id}`, { as });
    expect((await out('fast', red)).status).toBe(404);
    expect((await out('attic')).status).toBe(404);
    expect((await out('fast')).status).toBe(204);
    expect((await several.api.get(`${BASE}/${id}/file`, { as: blue })).text).toBe('abc');
    expect((await out('slow')).status).toBe(403);
  });

  it('what tells of imports is not for users to write', async () => {
    const body = { name: 'x', os_glance_failed_import: 'fast' };
    expect((await several.api.post(BASE, { as: blue, body })).status).toBe(403);
  });
});

describe('limits', () => {
  const limited = async (limits: Record<string, number>) => {
    rig.limits.set('blue', limits);
    const { body } = await rig.api.get('/image/v2/info/usage', { as: blue });
    return body.usage as Record<string, { limit: number; usage: number }>;
  };
  afterAll(() => rig.limits.clear());

  it('are shown with what is used of them', async () => {
    const usage = await limited({ image_count_total: 1000 });
    expect(usage['image_count_total']).toMatchObject({ limit: 1000 });
    expect(usage['image_count_total']?.usage).toBeGreaterThan(1);
    expect(usage['image_size_total']?.limit).toBe(-1);
  });

  it('of images, of bytes, of staged bytes and of uploads are kept', async () => {
    const id = await create(rig);
    const put = (kind: string) =>
      rig.api.put(`${BASE}/${id}/${kind}`, {
        as: blue,
        body: Buffer.alloc(1 << 20),
        headers: { ...OCTETS, 'content-length': String(1 << 20) },
      });
    const { image_count_total, image_size_total } = await limited({});
    await limited({ image_count_total: image_count_total?.usage ?? 0 });
    expect((await rig.api.post(BASE, { as: blue, body: {} })).status).toBe(413);
    await limited({ image_size_total: image_size_total?.usage ?? 0 });
    expect((await put('file')).status).toBe(413);
    await limited({ image_stage_total: 0 });
    expect((await put('stage')).status).toBe(413);
    await limited({ image_count_uploading: 0 });
    expect((await put('file')).status).toBe(413);
    expect((await show(rig, id)).status).toBe('queued');
    await limited({});
    expect((await put('file')).status).toBe(204);
  });
});
