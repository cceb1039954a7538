import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '#kernel/db/database.ts';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { newPostgres } from '#test/support/postgres.ts';
import { ImageRig } from './image-rig.ts';

let rig: ImageRig;
const blue = aCaller('blue');
const red = aCaller('red');
const admin = anAdmin();
const ROOT = '/image/v2/metadefs/namespaces';
const call = (method: string, path: string, body?: object, as = admin) =>
  rig.api.call(method, `${ROOT}${path}`, { as, ...(body && { body }) });

let made = 0;
async function makeNamespace(fields: object = {}): Promise<string> {
  const namespace = `Test::${++made}`;
  const answer = await call('POST', '', { namespace, visibility: 'public', ...fields });
  expect(answer.status).toBe(201);
  expect(answer.headers['location']).toBe(`http://cloud.test${ROOT}/${encodeURIComponent(namespace)}`);
  return namespace;
}

const COLOR = { title: 'Colour', type: 'string', enum: ['red', 'blue'] };

describe.each(['sqlite', 'postgres'])('metadata definitions on %s', (engine) => {
  beforeAll(async () => {
    const onPostgres = async () => ({
      database: Database.open({ kind: 'postgres', url: await newPostgres() }),
    });
    rig = await ImageRig.start(engine === 'postgres' ? await onPostgres() : undefined);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  describe('namespaces', () => {
    it('are made with all that is in them, and shown so', async () => {
      const name = await makeNamespace({
        description: 'For tests',
        properties: { color: COLOR },
        objects: [{ name: 'paint', properties: { color: COLOR } }],
        tags: [{ name: 'wet' }],
        resource_type_associations: [{ name: 'OS::Glance::Image', prefix: 'hw_' }],
      });
      const { body } = await call('GET', `/${name}`, undefined, blue);
      expect(body).toMatchObject({
        namespace: name,
        description: 'For tests',
        visibility: 'public',
        protected: false,
        owner: 'admin-project',
        properties: { color: COLOR },
        objects: [{ name: 'paint', required: [], properties: { color: COLOR } }],
        tags: [{ name: 'wet' }],
        resource_type_associations: [{ name: 'OS::Glance::Image', prefix: 'hw_' }],
        self: `/v2/metadefs/namespaces/${encodeURIComponent(name)}`,
        schema: '/v2/schemas/metadefs/namespace',
      });
      const prefixed = await call('GET', `/${name}?resource_type=OS::Glance::Image`, undefined, blue);
      expect(Object.keys(prefixed.body.properties)).toEqual(['hw_color']);
    });

    it('that are private are found by their project alone', async () => {
      const name = await makeNamespace({ visibility: 'private', owner: 'blue' });
      const names = async (as: typeof blue) =>
        ((await call('GET', '?limit=100', undefined, as)).body.namespaces as { namespace: string }[]).map(
          ({ namespace }) => namespace,
        );
      expect((await call('GET', `/${name}`, undefined, blue)).status).toBe(200);
      expect((await call('GET', `/${name}`, undefined, red)).status).toBe(404);
      expect((await call('GET', `/${name}/tags`, undefined, red)).status).toBe(404);
      expect(await names(blue)).toContain(name);
      expect(await names(red)).not.toContain(name);
    });

    it('are written by administrators only', async () => {
      const name = await makeNamespace();
      const refused = [
        await call('POST', '', { namespace: 'mine' }, blue),
        await call('PUT', `/${name}`, { namespace: name }, blue),
        await call('DELETE', `/${name}`, undefined, blue),
        await call('POST', `/${name}/tags/mine`, undefined, blue),
        await call('POST', `/${name}/properties`, { name: 'mine', ...COLOR }, blue),
      ];
      expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    });

    it('have a name of their own, also when they are renamed', async () => {
      const [one, two] = [await makeNamespace(), await makeNamespace()];
      expect((await call('POST', '', { namespace: one })).status).toBe(409);
      expect((await call('PUT', `/${two}`, { namespace: one })).status).toBe(409);
      const renamed = await call('PUT', `/${two}`, { namespace: `${two}-new`, description: null });
      expect(renamed).toMatchObject({ status: 200, body: { namespace: `${two}-new` } });
      expect((await call('GET', `/${two}`)).status).toBe(404);
    });

    it('that are protected stay as they are until they are not', async () => {
      const name = await makeNamespace({ protected: true });
      expect((await call('DELETE', `/${name}`)).status).toBe(403);
      expect((await call('PUT', `/${name}`, { namespace: name, description: 'x' })).status).toBe(403);
      expect((await call('PUT', `/${name}`, { namespace: name, protected: false })).status).toBe(200);
      expect((await call('DELETE', `/${name}`)).status).toBe(204);
      expect((await call('GET', `/${name}`)).status).toBe(404);
    });

    it('come in pages, sorted and filtered', async () => {
      await makeNamespace({ resource_type_associations: [{ name: 'Test::Thing' }] });
      await makeNamespace({ resource_type_associations: [{ name: 'Test::Thing' }] });
      const query = 'resource_types=Test::Thing&sort_key=namespace&sort_dir=asc&limit=1';
      const first = (await call('GET', `?${query}`)).body;
      const second = (await rig.api.get(`/image${first.next}`, { as: admin })).body;
      expect([first.namespaces.length, second.namespaces.length]).toEqual([1, 1]);
      expect(first.namespaces[0].namespace < second.namespaces[0].namespace).toBe(true);
      expect(first.namespaces[0].resource_type_associations[0].name).toBe('Test::Thing');
      expect(second).not.toHaveProperty('next');
      expect((await call('GET', '?limit=0')).body.namespaces).toEqual([]);
    });

    it.each([
      [{}],
      [{ namespace: '' }],
      [{ namespace: 'x'.repeat(81) }],
      [{ namespace: 'x', visibility: 'shared' }],
      [{ namespace: 'x', properties: { a: { title: 'no type' } } }],
      [{ namespace: 'x', color: 'red' }],
    ])('are refused as %j', async (body) => {
      expect((await call('POST', '', body)).status).toBe(400);
    });

    it('that come with Hydria are there once, and protected', async () => {
      const standard = await call('GET', '/Hydria::OperatingSystem', undefined, blue);
      expect(standard.body).toMatchObject({ protected: true, visibility: 'public' });
      expect(standard.body.properties.os_distro.type).toBe('string');
      expect((await call('DELETE', '/Hydria::OperatingSystem')).status).toBe(403);
    });
  });

  describe.each([
    ['objects', { description: 'first' }, { description: 'second' }],
    ['properties', COLOR, { title: 'Other', type: 'integer' }],
  ])('%s of a namespace', (plural, fields, others) => {
    it('are added, shown, replaced, listed and deleted', async () => {
      const root = `/${await makeNamespace()}/${plural}`;
      expect((await call('POST', root, { name: 'a', ...fields })).status).toBe(201);
      expect((await call('POST', root, { name: 'a', ...fields })).status).toBe(409);
      expect((await call('GET', `${root}/a`, undefined, blue)).body).toMatchObject({ name: 'a', ...fields });
      const changed = await call('PUT', `${root}/a`, { name: 'b', ...others });
      expect(changed).toMatchObject({ status: 200, body: { name: 'b', ...others } });
      expect((await call('GET', `${root}/a`)).status).toBe(404);
      expect(JSON.stringify((await call('GET', root)).body[plural])).toContain('"b"');
      expect((await call('DELETE', `${root}/b`)).status).toBe(204);
      expect((await call('DELETE', `${root}/b`)).status).toBe(404);
      await call('POST', root, { name: 'c', ...fields });
      expect((await call('DELETE', root)).status).toBe(204);
      expect(Object.keys((await call('GET', root)).body[plural])).toEqual([]);
    });
  });

  describe('tags of a namespace', () => {
    const names = async (root: string) =>
      ((await call('GET', `${root}?sort_key=name&sort_dir=asc`)).body.tags as { name: string }[]).map(
        ({ name }) => name,
      );

    it('are made one by one, or many in the place of all', async () => {
      const root = `/${await makeNamespace()}/tags`;
      expect((await call('POST', `${root}/one`)).status).toBe(201);
      expect((await call('POST', `${root}/one`)).status).toBe(409);
      const many = await call('POST', root, { tags: [{ name: 'two' }, { name: 'three' }] });
      expect(many).toMatchObject({ status: 201, body: { tags: [{ name: 'two' }, { name: 'three' }] } });
      expect(await names(root)).toEqual(['three', 'two']);
      const headers = { 'x-openstack-append': 'True' };
      await rig.api.post(ROOT + root, { as: admin, headers, body: { tags: [{ name: 'four' }] } });
      expect(await names(root)).toEqual(['four', 'three', 'two']);
      expect((await call('PUT', `${root}/two`, { name: 'zwei' })).body.name).toBe('zwei');
      expect((await call('DELETE', root)).status).toBe(204);
      expect(await names(root)).toEqual([]);
    });

    it('come in pages', async () => {
      const root = `/${await makeNamespace()}/tags`;
      await call('POST', root, { tags: ['a', 'b', 'c'].map((name) => ({ name })) });
      const first = (await call('GET', `${root}?limit=2&sort_key=name&sort_dir=asc`)).body;
      const second = (await rig.api.get(`/image${first.next}`, { as: admin })).body;
      expect([first.tags, second.tags].map((tags) => tags.length)).toEqual([2, 1]);
    });
  });

  describe('resource types', () => {
    it('are known once a namespace is for them', async () => {
      const name = await makeNamespace();
      const root = `/${name}/resource_types`;
      const made = await call('POST', root, { name: 'Test::Car', prefix: 'car_' });
      expect(made).toMatchObject({ status: 201, body: { name: 'Test::Car', prefix: 'car_' } });
      const all = await rig.api.get('/image/v2/metadefs/resource_types', { as: blue });
      expect(all.body.resource_types).toContainEqual(expect.objectContaining({ name: 'Test::Car' }));
      expect((await call('GET', root, undefined, blue)).body.resource_type_associations).toHaveLength(1);
      expect((await call('DELETE', `${root}/Test::Car`)).status).toBe(204);
      expect((await call('DELETE', `${root}/Test::Car`)).status).toBe(404);
    });
  });

  it.each([
    ['namespace', 'namespace'],
    ['namespaces', 'namespaces'],
    ['object', 'object'],
    ['properties', 'properties'],
    ['tag', 'tag'],
    ['resource_type', 'resource_type_association'],
    ['resource_types', 'resource_type_associations'],
  ])('the schema of %s is served', async (schema, name) => {
    const { body } = await rig.api.get(`/image/v2/schemas/metadefs/${schema}`, { as: blue });
    expect(body).toMatchObject({ name, properties: expect.any(Object) as object });
  });
});
