import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIdentityService, type Identity } from '#services/identity/index.ts';
import { identityPolicy } from '#services/identity/policy.ts';
import { aCaller, anAdmin, serveApi, type TestApi } from '#test/support/api.ts';

let api: TestApi;
const admin = anAdmin();

beforeAll(async () => {
  let identity: Identity | undefined;
  api = await serveApi({
    rules: identityPolicy,
    services: (kit) => [
      (identity = createIdentityService({ ...kit, tokenKeys: [Buffer.alloc(32, 1)] })).service,
    ],
  });
  await identity?.start({
    adminPassword: 'irrelevant',
    region: 'R',
    publicUrl: 'http://cloud.test',
    catalog: [],
  });
});
afterAll(() => api[Symbol.asyncDispose]());

const create = (name: string) =>
  api.post('/identity/v3/projects', { as: admin, body: { project: { name } } });

describe('projects', () => {
  it('are created, shown, changed, listed and deleted by an administrator', async () => {
    const created = await create('blue');
    expect(created.status).toBe(201);
    expect(created.headers['x-openstack-request-id']).toMatch(/^req-/);
    const url = `/identity/v3/projects/${created.body.project.id}`;
    expect(created.body.project).toMatchObject({
      name: 'blue',
      domain_id: 'default',
      enabled: true,
      is_domain: false,
    });
    expect(created.body.project.links.self).toBe(`http://cloud.test${url}`);

    const changed = await api.patch(url, { as: admin, body: { project: { description: 'sea' } } });
    expect(changed.body.project).toMatchObject({ name: 'blue', description: 'sea' });

    const listed = await api.get('/identity/v3/projects?name=blue', { as: admin });
    expect(listed.body.projects).toHaveLength(1);

    expect((await api.delete(url, { as: admin })).status).toBe(204);
    expect((await api.get(url, { as: admin })).status).toBe(404);
  });

  it('are refused twice under one name in one domain', async () => {
    await create('twice');
    const again = await create('twice');
    expect(again.status).toBe(409);
    expect(again.body.error).toMatchObject({ code: 409, title: 'Conflict' });
  });

  it('are hidden from strangers and shown to their own members', async () => {
    const { id } = (await create('own')).body.project;
    expect((await api.get(`/identity/v3/projects/${id}`, { as: aCaller(id) })).status).toBe(200);
    expect((await api.get(`/identity/v3/projects/${id}`, { as: aCaller('other') })).status).toBe(404);
  });

  it('are not made without a token, without the right role, or from wrong input', async () => {
    const body = { project: { name: 'x' } };
    const anonymous = await api.post('/identity/v3/projects', { body });
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers['www-authenticate']).toMatch(/^Keystone uri=/);
    expect((await api.post('/identity/v3/projects', { as: aCaller('p'), body })).status).toBe(403);
    for (const project of [{}, { name: '' }, { name: 7 }, { name: 'a'.repeat(65) }]) {
      const answer = await api.post('/identity/v3/projects', { as: admin, body: { project } });
      expect(answer.status).toBe(400);
      expect(answer.body.error.message).toMatch(/name/);
    }
  });
});
