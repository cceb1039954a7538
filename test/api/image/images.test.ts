import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badRequest } from '#kernel/errors.ts';
import { aCaller, anAdmin, type TestApi } from '#test/support/api.ts';
import { ImageRig } from './image-rig.ts';

let rig: ImageRig;
let api: TestApi;
const blue = aCaller('blue');
const red = aCaller('red', undefined, 'user-2');
const admin = anAdmin();
const BASE = '/image/v2/images';
const PATCH = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
const OCTETS = { 'content-type': 'application/octet-stream' };
let inspected: string[] = [];

beforeAll(async () => {
  rig = await ImageRig.start({
    maxBytes: 1 << 20,
    inspectContainerArchive: async (path) => {
      inspected.push(path);
      if (inspected.length > 1) throw badRequest('The archive is truncated.');
    },
  });
  api = rig.api;
});
afterAll(() => rig[Symbol.asyncDispose]());

const create = async (body: object = {}, as = blue) => {
  const answer = await api.post(BASE, {
    as,
    body: { name: 'img', disk_format: 'raw', container_format: 'bare', ...body },
  });
  expect(answer.status).toBe(201);
  return answer.body as { id: string };
};
const upload = (id: string, data: string, as = blue) =>
  api.put(`${BASE}/${id}/file`, { as, body: Buffer.from(data), headers: OCTETS });
const patch = (id: string, operations: object, as = blue) =>
  api.patch(`${BASE}/${id}`, { as, body: operations, headers: PATCH });

describe('images', () => {
  it('are deactivated by their project: then only an administrator reads them', async () => {
    const { id } = await create();
    await upload(id, 'hello');
    const act = (action: string, as = blue) => api.post(`${BASE}/${id}/actions/${action}`, { as });
    expect((await act('deactivate', red)).status).toBe(404);
    expect((await act('deactivate')).status).toBe(204);
    expect((await api.get(`${BASE}/${id}`, { as: blue })).body.status).toBe('deactivated');
    expect((await api.get(`${BASE}/${id}/file`, { as: blue })).status).toBe(403);
    expect((await api.get(`${BASE}/${id}/file`, { as: admin })).status).toBe(200);
    expect((await act('reactivate')).status).toBe(204);
    expect((await api.get(`${BASE}/${id}/file`, { as: blue })).status).toBe(200);
  });

  it('are created, filled, read back with their hashes, and deleted with their bytes', async () => {
    const { id } = await create({ os_distro: 'debian' });
    expect((await api.get(`${BASE}/${id}/file`, { as: blue })).status).toBe(204);
    expect((await upload(id, 'hello world')).status).toBe(204);
    const shown = (await api.get(`${BASE}/${id}`, { as: blue })).body;
    expect(shown).toMatchObject({
      status: 'active',
      size: 11,
      os_distro: 'debian',
      checksum: createHash('md5').update('hello world').digest('hex'),
      os_hash_algo: 'sha512',
      os_hash_value: createHash('sha512').update('hello world').digest('hex'),
      file: `/v2/images/${id}/file`,
    });
    const whole = await api.get(`${BASE}/${id}/file`, { as: blue });
    expect(whole).toMatchObject({ status: 200, text: 'hello world' });
    expect(whole.headers['content-md5']).toBe(shown.checksum);
    expect((await api.delete(`${BASE}/${id}`, { as: blue })).status).toBe(204);
    expect((await api.get(`${BASE}/${id}`, { as: blue })).status).toBe(404);
    expect(await rig.files()).not.toContain(id);
  });

  it('are read in ranges', async () => {
    const { id } = await create();
    await upload(id, '0123456789');
    const range = (text: string) => api.get(`${BASE}/${id}/file`, { as: blue, headers: { range: text } });
    expect(await range('bytes=2-4')).toMatchObject({ status: 206, text: '234' });
    expect((await range('bytes=2-4')).headers['content-range']).toBe('bytes 2-4/10');
    expect((await range('bytes=-3')).text).toBe('789');
    expect((await range('bytes=7-')).text).toBe('789');
    expect((await range('bytes=10-')).status).toBe(416);
  });

  it('take data only once, only with formats, only as octets, and only so much', async () => {
    const { id } = await create();
    expect(
      (
        await api.put(`${BASE}/${id}/file`, {
          as: blue,
          body: Buffer.from('x'),
          headers: { 'content-type': 'text/plain' },
        })
      ).status,
    ).toBe(415);
    await upload(id, 'x');
    expect((await upload(id, 'y')).status).toBe(409);
    const bare = (await api.post(BASE, { as: blue, body: { name: 'formless' } })).body;
    expect((await upload(bare.id, 'x')).status).toBe(400);
    const big = await create();
    expect((await upload(big.id, 'x'.repeat((1 << 20) + 1))).status).toBe(413);
    expect((await api.get(`${BASE}/${big.id}`, { as: blue })).body).toMatchObject({
      status: 'queued',
      size: null,
    });
    expect(await rig.files()).not.toContain(big.id);
  });

  it('of containers are inspected, and refused with the reason and nothing left', async () => {
    inspected = [];
    const good = await create({ container_format: 'docker' });
    expect((await upload(good.id, 'good')).status).toBe(204);
    const bad = await create({ container_format: 'docker' });
    const refused = await upload(bad.id, 'bad');
    expect(refused).toMatchObject({ status: 400, body: { message: 'The archive is truncated.' } });
    expect((await api.get(`${BASE}/${bad.id}`, { as: blue })).body.status).toBe('queued');
    expect(await rig.files()).not.toContain(bad.id);
  });

  it('are staged and imported', async () => {
    const { id } = await create();
    await api.put(`${BASE}/${id}/stage`, { as: blue, body: Buffer.from('abc'), headers: OCTETS });
    expect((await api.get(`${BASE}/${id}`, { as: blue })).body.status).toBe('uploading');
    const unknown = await api.post(`${BASE}/${id}/import`, {
      as: blue,
      body: { method: { name: 'web-download' } },
    });
    expect(unknown.status).toBe(400);
    const imported = await api.post(`${BASE}/${id}/import`, {
      as: blue,
      body: { method: { name: 'glance-direct' } },
    });
    expect(imported.status).toBe(202);
    await rig.tasks.idle();
    expect((await api.get(`${BASE}/${id}/file`, { as: blue })).text).toBe('abc');
  });
});

describe('changes', () => {
  it('add, replace and remove attributes and properties', async () => {
    const { id } = await create({ os_distro: 'debian' });
    const changed = await patch(id, [
      { op: 'replace', path: '/name', value: 'new' },
      { op: 'add', path: '/hw_rng', value: 'yes' },
      { op: 'remove', path: '/os_distro' },
      { op: 'replace', path: '/tags', value: ['a', 'b'] },
    ]);
    expect(changed.body).toMatchObject({ name: 'new', hw_rng: 'yes', tags: ['a', 'b'] });
    expect(changed.body).not.toHaveProperty('os_distro');
  });

  it.each([
    [[{ op: 'replace', path: '/id', value: 'x' }], 403],
    [[{ op: 'replace', path: '/nothing', value: 'x' }], 409],
    [[{ op: 'add', path: '/number', value: 5 }], 400],
    [[{ op: 'replace', path: '/visibility', value: 'public' }], 403],
    [[{ op: 'replace', path: '/min_ram', value: -1 }], 400],
    [[{ op: 'add', path: '/a/b', value: 'x' }], 400],
    [[{ op: 'move', path: '/name' }], 400],
    [{ name: 'x' }, 400],
  ])('%j are refused and change nothing', async (operations, status) => {
    const { id } = await create();
    const before = (await api.get(`${BASE}/${id}`, { as: blue })).body;
    expect((await patch(id, operations)).status).toBe(status);
    expect((await api.get(`${BASE}/${id}`, { as: blue })).body).toEqual(before);
  });

  it('in a media type that is no patch are refused', async () => {
    const { id } = await create();
    expect((await api.patch(`${BASE}/${id}`, { as: blue, body: [] })).status).toBe(415);
  });

  it('of protected images do not delete them', async () => {
    const { id } = await create({ protected: true });
    expect((await api.delete(`${BASE}/${id}`, { as: blue })).status).toBe(403);
    await patch(id, [{ op: 'replace', path: '/protected', value: false }]);
    expect((await api.delete(`${BASE}/${id}`, { as: blue })).status).toBe(204);
  });

  it('set and remove tags', async () => {
    const { id } = await create();
    expect((await api.put(`${BASE}/${id}/tags/fast`, { as: blue })).status).toBe(204);
    expect((await api.get(`${BASE}/${id}`, { as: blue })).body.tags).toEqual(['fast']);
    expect((await api.delete(`${BASE}/${id}/tags/fast`, { as: blue })).status).toBe(204);
    expect((await api.delete(`${BASE}/${id}/tags/fast`, { as: blue })).status).toBe(404);
  });
});

describe('visibility', () => {
  it('hides images from other projects until they are shared and accepted', async () => {
    const { id } = await create();
    const asRed = () => api.get(`${BASE}/${id}`, { as: red });
    const listed = async () =>
      (await api.get(`${BASE}?name=img&id=${id}`, { as: red })).body.images.length as number;
    expect((await asRed()).status).toBe(404);
    expect((await upload(id, 'x', red)).status).toBe(404);
    expect((await api.post(`${BASE}/${id}/members`, { as: blue, body: { member: 'red' } })).body.status).toBe(
      'pending',
    );
    expect((await asRed()).status).toBe(200);
    expect(await listed()).toBe(0);
    expect(
      (await api.put(`${BASE}/${id}/members/red`, { as: blue, body: { status: 'accepted' } })).status,
    ).toBe(403);
    expect(
      (await api.put(`${BASE}/${id}/members/red`, { as: red, body: { status: 'accepted' } })).status,
    ).toBe(200);
    expect(await listed()).toBe(1);
    expect((await patch(id, [], red)).status).toBe(403);
  });

  it('of public images is for administrators to give, and for all to use', async () => {
    const { id } = await create({ visibility: 'public' }, admin);
    expect((await api.get(`${BASE}/${id}`, { as: red })).status).toBe(200);
    expect((await api.post(BASE, { as: blue, body: { visibility: 'public' } })).status).toBe(403);
  });

  it('answers names, strangers and missing tokens without telling more', async () => {
    expect((await api.get(`${BASE}/some-name`, { as: blue })).status).toBe(404);
    const anonymous = await api.get(BASE);
    expect(anonymous.status).toBe(401);
    expect(anonymous.body.error.code).toBe(401);
  });
});

describe('lists', () => {
  const lister = aCaller('lister');
  beforeAll(async () => {
    for (const [index, size] of [3, 1, 2, 5, 4].entries()) {
      const { id } = await create(
        { name: `list-${index}`, tags: [`t${index % 2}`], kind: index < 2 ? 'small' : 'big' },
        lister,
      );
      await upload(id, 'x'.repeat(size), lister);
    }
  });
  const names = async (query: string) =>
    ((await api.get(`${BASE}?owner=lister&${query}`, { as: lister })).body.images as { name: string }[]).map(
      (image) => image.name,
    );

  it('are sorted both ways', async () => {
    expect(await names('sort=size:asc')).toEqual(['list-1', 'list-2', 'list-0', 'list-4', 'list-3']);
    expect(await names('sort_key=name&sort_dir=desc')).toEqual([
      'list-4',
      'list-3',
      'list-2',
      'list-1',
      'list-0',
    ]);
    expect(await names('')).toHaveLength(5);
  });

  it('come in pages that follow one another', async () => {
    const first = (await api.get(`${BASE}?owner=lister&limit=2&sort=name:asc`, { as: lister })).body;
    expect(first.images).toHaveLength(2);
    const second = (await api.get(`/image${first.next}`, { as: lister })).body;
    expect(second.images.map((image: { name: string }) => image.name)).toEqual(['list-2', 'list-3']);
    const third = (await api.get(`/image${second.next}`, { as: lister })).body;
    expect(third.images).toHaveLength(1);
    expect(third).not.toHaveProperty('next');
  });

  it('are filtered by attributes, operators, tags and properties', async () => {
    expect(await names('size_min=4&sort=name:asc')).toEqual(['list-3', 'list-4']);
    expect(await names('name=in:list-0,list-3&sort=name:asc')).toEqual(['list-0', 'list-3']);
    expect(await names('tag=t1&sort=name:asc')).toEqual(['list-1', 'list-3']);
    expect(await names('kind=small&sort=name:asc')).toEqual(['list-0', 'list-1']);
    expect(await names('created_at=gt:2999-01-01T00:00:00Z')).toEqual([]);
    expect(await names('status=queued')).toEqual([]);
  });

  it.each([
    'limit=-1',
    'sort_key=color',
    'visibility=secret',
    'os_hidden=perhaps',
    'changes-since=1',
    'size_min=x',
    'created_at=gt:never',
  ])('refuse %s', async (query) => {
    expect((await api.get(`${BASE}?${query}`, { as: lister })).status).toBe(400);
  });
});

describe('discovery', () => {
  it('lists every version without a token', async () => {
    const root = await api.get('/image/');
    expect(root.status).toBe(300);
    expect(root.body.versions[0]).toMatchObject({
      id: 'v2.17',
      status: 'CURRENT',
      links: [{ href: 'http://cloud.test/image/v2/' }],
    });
    expect((await api.get('/image/versions')).status).toBe(200);
  });

  it('serves schemas', async () => {
    expect((await api.get('/image/v2/schemas/image', { as: blue })).body.name).toBe('image');
    expect((await api.get('/image/v2/schemas/toString', { as: blue })).status).toBe(404);
  });
});
