import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '#test/support/api.ts';
import { ADMIN_PASSWORD, passwordAuth, serveIdentity, tokenOf } from './support.ts';

/** What Keystone does beyond its documents, as the upstream conformance suite checks it. */

let api: TestApi;
let token: string;
const V3 = '/identity/v3';
beforeAll(async () => {
  ({ api, admin: token } = await serveIdentity());
});
afterAll(() => api[Symbol.asyncDispose]());

const create = async (plural: string, singular: string, body: object) => {
  const made = await api.post(`${V3}/${plural}`, { token, body: { [singular]: body } });
  expect(made.status).toBe(201);
  return made.body[singular];
};

describe('attributes that the API does not know', () => {
  it.each([
    ['projects', 'project'],
    ['domains', 'domain'],
    ['users', 'user'],
  ])('are kept and shown on %s, and merged by a change', async (plural, singular) => {
    const { id } = await create(plural, singular, { name: `extra-${plural}`, cost_centre: '7', phone: '1' });
    const url = `${V3}/${plural}/${id}`;
    await api.patch(url, { token, body: { [singular]: { phone: '2' } } });
    expect((await api.get(url, { token })).body[singular]).toMatchObject({ cost_centre: '7', phone: '2' });
  });

  it('never pass for one of ours', async () => {
    expect(await create('services', 'service', { type: 'sly', extra: 'x' })).not.toHaveProperty('extra');
    const { id, links } = await create('projects', 'project', { name: 'sly', links: 'none', isDomain: true });
    const changed = await api.patch(`${V3}/projects/${id}`, {
      token,
      body: { project: { id: 'x', isDomain: true, domainId: 'x' } },
    });
    expect(changed.body.project).toMatchObject({ id, links, is_domain: false, domain_id: 'default' });
    const role = await create('roles', 'role', { name: 'sly', domain_id: 'default' });
    await api.patch(`${V3}/roles/${role.id}`, { token, body: { role: { domainId: null } } });
    expect((await api.get(`${V3}/roles/${role.id}`, { token })).body.role.domain_id).toBe('default');
  });
});

describe('a project that acts as a domain', () => {
  it('is a domain, and shown and changed as both', async () => {
    const project = await create('projects', 'project', { name: 'both', is_domain: true });
    expect(project).toMatchObject({ is_domain: true, domain_id: null, parent_id: null });
    const url = `${V3}/projects/${project.id}`;
    expect((await api.get(`${V3}/domains/${project.id}`, { token })).body.domain.name).toBe('both');
    expect((await api.delete(url, { token })).status).toBe(403);
    await api.patch(url, { token, body: { project: { enabled: false } } });
    expect((await api.delete(url, { token })).status).toBe(204);
    expect((await api.get(`${V3}/domains/${project.id}`, { token })).status).toBe(404);
  });

  it('has no domain and no parent', async () => {
    const project = { name: 'below', is_domain: true, domain_id: 'default' };
    expect((await api.post(`${V3}/projects`, { token, body: { project } })).status).toBe(400);
  });
});

describe("a domain's role", () => {
  it('gives what it implies and not its own name, which anybody could choose', async () => {
    const user = await create('users', 'user', { name: 'deputy', password: 'pw' });
    const project = await create('projects', 'project', { name: 'office' });
    const named = await create('roles', 'role', { name: 'admin', domain_id: 'default' });
    const reader = (await api.get(`${V3}/roles?name=reader`, { token })).body.roles[0];
    await api.put(`${V3}/projects/${project.id}/users/${user.id}/roles/${named.id}`, { token });
    const login = () => tokenOf(api, 'deputy', 'pw', { project: { id: project.id } });
    await expect(login()).rejects.toThrow('401');
    const effective = `${V3}/role_assignments?effective&user.id=${user.id}`;
    expect((await api.get(effective, { token })).body.role_assignments).toEqual([]);
    expect((await api.put(`${V3}/roles/${named.id}/implies/${reader.id}`, { token })).status).toBe(201);
    const shown = await api.get(`${V3}/auth/tokens`, {
      token,
      headers: { 'x-subject-token': await login() },
    });
    expect(shown.body.token.roles.map((role: { name: string }) => role.name)).toEqual(['reader']);
    expect((await api.get(effective, { token })).body.role_assignments).toHaveLength(1);
  });

  it('is not implied by a role of the cloud', async () => {
    const named = await create('roles', 'role', { name: 'clerk', domain_id: 'default' });
    const reader = (await api.get(`${V3}/roles?name=reader`, { token })).body.roles[0];
    expect((await api.put(`${V3}/roles/${reader.id}/implies/${named.id}`, { token })).status).toBe(403);
  });
});

it("an endpoint's region is made when it is named the old way, and must exist when named the new way", async () => {
  const { id } = await create('services', 'service', { type: 'old' });
  const endpoint = { service_id: id, interface: 'public', url: 'http://x' };
  await create('endpoints', 'endpoint', { ...endpoint, region: 'Implicit' });
  expect((await api.get(`${V3}/regions/Implicit`, { token })).status).toBe(200);
  const explicit = { endpoint: { ...endpoint, region_id: 'Nowhere' } };
  expect((await api.post(`${V3}/endpoints`, { token, body: explicit })).status).toBe(404);
});

it("an application credential's expiry is kept to the microsecond", async () => {
  const scope = { project: { name: 'admin', domain: { id: 'default' } } };
  const login = await api.post(`${V3}/auth/tokens`, { body: passwordAuth('admin', ADMIN_PASSWORD, scope) });
  const url = `${V3}/users/${login.body.token.user.id}/application_credentials`;
  const make = (name: string, expires_at: string) =>
    api.post(url, { token, body: { application_credential: { name, expires_at } } });
  const expiryOf = async (name: string, text: string) =>
    (await make(name, text)).body.application_credential.expires_at;
  expect(await expiryOf('micro', '2199-01-01T00:00:00.211724')).toBe('2199-01-01T00:00:00.211724');
  expect(await expiryOf('plain', '2199-01-01T00:00:00Z')).toBe('2199-01-01T00:00:00.000000');
  expect((await make('late', '2001-01-01T00:00:00.211724')).status).toBe(400);
});
