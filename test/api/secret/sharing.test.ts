import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import {
  colleague,
  member,
  NEWEST,
  projectAdmin,
  serveSecrets,
  stranger,
  text,
  type SecretApi,
} from './support.ts';

let secrets: SecretApi;
beforeAll(async () => {
  secrets = await serveSecrets();
});
afterAll(() => secrets[Symbol.asyncDispose]());

const UNKNOWN = '/secrets/11111111-2222-4333-8444-555555555555';
const status = async (ref: string, as: typeof member) => (await secrets.call('GET', ref, { as })).status;

describe('an ACL', () => {
  it('lets the project read until somebody says otherwise', async () => {
    const ref = await secrets.store(text('x'));
    expect((await secrets.call('GET', `${ref}/acl`)).body).toEqual({ read: { 'project-access': true } });
  });

  it('closes a secret to all but its creator, whom it names, and administrators of the project', async () => {
    const ref = await secrets.store(text('x'));
    const body = { read: { 'project-access': false, users: ['mallory'] } };
    const answer = await secrets.call('PUT', `${ref}/acl`, { body });
    expect([answer.status, answer.body]).toEqual([200, { acl_ref: `${ref}/acl` }]);
    expect(await status(`${ref}/payload`, member)).toBe(200);
    expect(await status(`${ref}/payload`, colleague)).toBe(403);
    expect(await status(`${ref}/payload`, stranger)).toBe(200);
    expect(await status(`${ref}/payload`, projectAdmin)).toBe(200);
    for (const method of ['DELETE', 'PUT'])
      expect((await secrets.call(method, `${ref}/acl`, { as: stranger, body })).status).toBe(403);
    expect((await secrets.call('DELETE', ref, { as: stranger })).status).toBe(403);
    expect((await secrets.call('DELETE', ref, { as: colleague })).status).toBe(403);
  });

  it('lets whom it names read without any role, and find what they may read', async () => {
    const ref = await secrets.store({ name: 'shared', ...text('for you') });
    await secrets.call('PUT', `${ref}/acl`, { body: { read: { users: ['eve', 'eve'] } } });
    const eve = aCaller('p3', [], 'eve');
    expect((await secrets.call('GET', `${ref}/payload`, { as: eve })).text).toBe('for you');
    const reader = aCaller('p3', ['member'], 'eve');
    const found = await secrets.call('GET', '/secrets?acl_only=true', { as: reader });
    expect([found.body.total, found.body.secrets[0].secret_ref]).toEqual([1, ref]);
    expect((await secrets.call('GET', '/secrets', { as: reader })).body.total).toBe(0);
  });

  it('is changed in part, replaced and taken away', async () => {
    const ref = await secrets.store();
    const acl = async () => (await secrets.call('GET', `${ref}/acl`)).body.read;
    await secrets.call('PUT', `${ref}/acl`, {
      body: { read: { users: ['a', 'b'], 'project-access': false } },
    });
    await secrets.call('PATCH', `${ref}/acl`, { body: { read: { users: [] } } });
    expect(await acl()).toMatchObject({ users: [], 'project-access': false });
    await secrets.call('PATCH', `${ref}/acl`, { body: { read: { 'project-access': true } } });
    await secrets.call('PUT', `${ref}/acl`, { body: { read: { users: ['c'] } } });
    expect(await acl()).toMatchObject({ users: ['c'], 'project-access': true });
    expect((await secrets.call('DELETE', `${ref}/acl`)).status).toBe(200);
    expect(await acl()).toEqual({ 'project-access': true });
  });

  it.each([{}, { write: {} }, { read: { users: 'a' } }, { read: { 'project-access': 'no' } }])(
    'is refused as %j',
    async (body) => {
      const ref = await secrets.store();
      for (const method of ['PUT', 'PATCH'])
        expect((await secrets.call(method, `${ref}/acl`, { body })).status).toBe(400);
    },
  );

  it('guards containers, too', async () => {
    const made = await secrets.call('POST', '/containers', { body: { type: 'generic' } });
    const ref = String(made.body.container_ref);
    await secrets.call('PUT', `${ref}/acl`, {
      body: { read: { 'project-access': false, users: ['mallory'] } },
    });
    expect([await status(ref, member), await status(ref, colleague), await status(ref, stranger)]).toEqual([
      200, 403, 200,
    ]);
    expect((await secrets.call('GET', '/containers', { as: colleague })).text).not.toContain(ref);
  });
});

describe('metadata', () => {
  const bodyOf = async (path: string) => (await secrets.call('GET', path)).body;

  it('is set as a whole and key by key', async () => {
    const ref = await secrets.store();
    const at = `${ref}/metadata`;
    expect(await bodyOf(at)).toEqual({ metadata: {} });
    const put = await secrets.call('PUT', at, { body: { metadata: { a: '1', b: '2' } } });
    expect([put.status, put.body]).toEqual([201, { metadata_ref: at }]);
    const post = await secrets.call('POST', at, { body: { key: 'c', value: '3' } });
    expect([post.status, post.body, post.headers['location']]).toEqual([
      201,
      { key: 'c', value: '3' },
      `${at}/c`,
    ]);
    expect((await secrets.call('POST', at, { body: { key: 'c', value: '4' } })).status).toBe(409);
    const changed = await secrets.call('PUT', `${at}/a`, { body: { key: 'a', value: 'new' } });
    expect([changed.status, changed.body]).toEqual([200, { key: 'a', value: 'new' }]);
    expect((await secrets.call('DELETE', `${at}/b`)).status).toBe(204);
    expect(await bodyOf(at)).toEqual({ metadata: { a: 'new', c: '3' } });
    expect(await bodyOf(`${at}/a`)).toEqual({ key: 'a', value: 'new' });
  });

  it('refuses keys that are none, that are not there, or not the same', async () => {
    const at = `${await secrets.store()}/metadata`;
    expect((await secrets.call('PUT', at, { body: { metadata: { 'a b': '1' } } })).status).toBe(400);
    expect((await secrets.call('PUT', at, { body: { metadata: { a: 1 } } })).status).toBe(400);
    expect((await secrets.call('POST', at, { body: { key: 'a/b', value: '' } })).status).toBe(400);
    for (const method of ['GET', 'DELETE'])
      expect((await secrets.call(method, `${at}/none`)).status).toBe(404);
    expect((await secrets.call('PUT', `${at}/none`, { body: { key: 'none', value: '' } })).status).toBe(404);
    expect((await secrets.call('PUT', `${at}/a`, { body: { key: 'b', value: '' } })).status).toBe(400);
    expect((await secrets.call('GET', `${UNKNOWN}/metadata`)).status).toBe(404);
  });
});

describe('consumers of a secret', () => {
  const consumer = { service: 'image', resource_type: 'image', resource_id: '1' };
  const call = (method: string, path: string, body?: object) =>
    secrets.call(method, path, { headers: NEWEST, ...(body && { body }) });

  it('are named, shown and taken away, since 1.1', async () => {
    const ref = await secrets.store();
    const added = await call('POST', `${ref}/consumers`, consumer);
    expect([added.status, added.body.secret_ref, added.body.consumers]).toEqual([200, ref, [consumer]]);
    expect((await call('POST', `${ref}/consumers`, consumer)).body.consumers).toHaveLength(1);
    expect(
      (await call('POST', `${ref}/consumers`, { ...consumer, resource_id: '2' })).body.consumers,
    ).toHaveLength(2);
    const listed = await call('GET', `${ref}/consumers?limit=1`);
    expect(listed.body).toMatchObject({ total: 2, consumers: [consumer] });
    expect(listed.body.next).toBe(`${ref}/consumers?limit=1&offset=1`);
    expect((await call('GET', '/secrets?limit=100')).text).toContain('"resource_id":"2"');
    expect((await call('DELETE', `${ref}/consumers`, consumer)).body.consumers).toHaveLength(1);
    expect((await call('DELETE', `${ref}/consumers`, consumer)).status).toBe(404);
    expect((await call('GET', ref)).body.consumers).toHaveLength(1);
    expect((await secrets.call('GET', `${ref}/consumers`)).status).toBe(406);
    expect((await call('DELETE', ref)).status).toBe(204);
  });

  it('are refused when they lack a word, or are of a stranger', async () => {
    const ref = await secrets.store();
    expect((await call('POST', `${ref}/consumers`, { service: 'x' })).status).toBe(400);
    const foreign = await secrets.call('POST', `${ref}/consumers`, {
      as: stranger,
      headers: NEWEST,
      body: consumer,
    });
    expect(foreign.status).toBe(403);
  });
});

describe('limits', () => {
  const admin = anAdmin();
  const at = '/project-quotas/p1';

  it('are what an administrator gave a project, and unlimited otherwise', async () => {
    expect((await secrets.call('GET', '/quotas')).body).toEqual({
      quotas: { secrets: -1, orders: -1, containers: -1, consumers: -1, cas: -1 },
    });
    expect((await secrets.call('GET', at, { as: admin })).status).toBe(404);
    const body = { project_quotas: { secrets: 0, containers: 0, orders: 0 } };
    expect((await secrets.call('PUT', at, { as: admin, body })).status).toBe(204);
    expect((await secrets.call('GET', '/quotas')).body.quotas).toMatchObject({ secrets: 0, cas: -1 });
    expect((await secrets.call('GET', '/project-quotas', { as: admin })).body).toMatchObject({
      total: 1,
      project_quotas: [{ project_id: 'p1', project_quotas: { secrets: 0, consumers: null } }],
    });
    const refused = await secrets.call('POST', '/secrets', { body: {} });
    expect([refused.status, refused.body.title]).toEqual([403, 'Forbidden']);
    expect((await secrets.call('POST', '/containers', { body: { type: 'generic' } })).status).toBe(403);
    const meta = { algorithm: 'aes', bit_length: 256 };
    expect((await secrets.call('POST', '/orders', { body: { type: 'key', meta } })).status).toBe(403);
    expect((await secrets.call('DELETE', at, { as: admin })).status).toBe(204);
    expect((await secrets.call('DELETE', at, { as: admin })).status).toBe(404);
    expect((await secrets.call('POST', '/secrets', { body: {} })).status).toBe(201);
  });

  it('hold for consumers', async () => {
    const ref = await secrets.store();
    await secrets.call('PUT', at, { as: admin, body: { project_quotas: { consumers: 0 } } });
    const body = { service: 'a', resource_type: 'b', resource_id: 'c' };
    expect((await secrets.call('POST', `${ref}/consumers`, { headers: NEWEST, body })).status).toBe(403);
    await secrets.call('DELETE', at, { as: admin });
    expect((await secrets.call('GET', `${ref}/consumers`, { headers: NEWEST })).body.total).toBe(0);
  });

  it('are nobody else’s to see or set', async () => {
    for (const method of ['GET', 'DELETE']) expect((await secrets.call(method, at)).status).toBe(403);
    const keeper = aCaller('p9', ['key-manager:service-admin'], 'keeper');
    expect((await secrets.call('GET', '/project-quotas', { as: keeper })).status).toBe(200);
    expect(
      (await secrets.call('PUT', at, { as: keeper, body: { project_quotas: { secrets: -2 } } })).status,
    ).toBe(400);
  });
});

describe('the place where secrets are kept', () => {
  it('is one, which every project prefers', async () => {
    const { body } = await secrets.call('GET', '/secret-stores');
    const ref = String(body.secret_stores[0].secret_store_ref);
    for (const path of [ref, '/secret-stores/global-default', '/secret-stores/preferred'])
      expect((await secrets.call('GET', path)).body).toMatchObject({
        secret_store_ref: ref,
        status: 'ACTIVE',
      });
    expect((await secrets.call('POST', `${ref}/preferred`)).status).toBe(403);
    expect((await secrets.call('POST', `${ref}/preferred`, { as: projectAdmin })).status).toBe(204);
    expect((await secrets.call('DELETE', `${ref}/preferred`, { as: projectAdmin })).status).toBe(204);
    expect((await secrets.call('GET', '/secret-stores/other')).status).toBe(404);
    expect((await secrets.call('GET', '/transport_keys')).body).toEqual({ transport_keys: [], total: 0 });
  });
});
