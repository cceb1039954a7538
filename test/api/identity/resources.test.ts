import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '#test/support/api.ts';
import { serveIdentity, tokenOf } from './support.ts';

let api: TestApi;
let token: string;
const V3 = '/identity/v3';
beforeAll(async () => {
  ({ api, admin: token } = await serveIdentity());
});
afterAll(() => api[Symbol.asyncDispose]());

describe('every resource', () => {
  it.each([
    ['domain', 'domains', { name: 'd1' }, { description: 'x', enabled: false }],
    ['project', 'projects', { name: 'p1' }, { description: 'x' }],
    ['user', 'users', { name: 'u1', email: 'u@x' }, { email: 'v@x' }],
    ['group', 'groups', { name: 'g1' }, { description: 'x' }],
    ['role', 'roles', { name: 'r1' }, { description: 'x' }],
    ['region', 'regions', { id: 'Two' }, { description: 'x' }],
    ['service', 'services', { type: 't1', name: 's1' }, { name: 's2' }],
  ])('%s is created, shown, listed, changed and deleted', async (singular, plural, body, change) => {
    const made = await api.post(`${V3}/${plural}`, { token, body: { [singular]: body } });
    expect(made.status).toBe(201);
    expect(made.body[singular]).toMatchObject(body);
    const url = `${V3}/${plural}/${made.body[singular].id}`;
    expect(made.body[singular].links.self).toBe(`http://cloud.test${url}`);
    expect((await api.patch(url, { token, body: { [singular]: change } })).body[singular]).toMatchObject(
      change,
    );
    const listed = (await api.get(`${V3}/${plural}`, { token })).body;
    expect(listed[plural].some((one: { id: string }) => one.id === made.body[singular].id)).toBe(true);
    expect(listed.links).toMatchObject({ next: null, previous: null });
    expect((await api.delete(url, { token })).status).toBe(204);
    expect((await api.get(url, { token })).status).toBe(404);
    expect((await api.delete(url, { token })).status).toBe(404);
  });

  it('that is a domain must be disabled before it goes', async () => {
    const { id } = (await api.post(`${V3}/domains`, { token, body: { domain: { name: 'alive' } } })).body
      .domain;
    expect((await api.delete(`${V3}/domains/${id}`, { token })).status).toBe(403);
  });

  it('that is an endpoint needs a service, an interface and a URL that exist', async () => {
    const service_id = (await api.post(`${V3}/services`, { token, body: { service: { type: 'x' } } })).body
      .service.id;
    const create = (endpoint: object) => api.post(`${V3}/endpoints`, { token, body: { endpoint } });
    const good = { service_id, interface: 'public', url: 'http://x/$(project_id)s', region_id: 'RegionOne' };
    expect((await create(good)).body.endpoint).toMatchObject({ ...good, region: 'RegionOne', enabled: true });
    expect((await create({ ...good, interface: 'secret' })).status).toBe(400);
    expect((await create({ ...good, url: 'x' })).status).toBe(400);
    expect((await create({ ...good, service_id: 'f'.repeat(32) })).status).toBe(404);
  });
});

describe('roles', () => {
  const roleId = async (name: string) =>
    (await api.get(`${V3}/roles?name=${name}`, { token })).body.roles[0].id as string;
  const make = async (plural: string, singular: string, body: object) =>
    (await api.post(`${V3}/${plural}`, { token, body: { [singular]: body } })).body[singular].id as string;

  it('of the cloud are immutable and imply one another', async () => {
    const admin = await roleId('admin');
    expect((await api.delete(`${V3}/roles/${admin}`, { token })).status).toBe(403);
    const inferences = (await api.get(`${V3}/role_inferences`, { token })).body.role_inferences;
    const pairs = inferences.map((one: { prior_role: { name: string }; implies: { name: string }[] }) => [
      one.prior_role.name,
      one.implies[0]?.name,
    ]);
    expect(pairs).toEqual(
      expect.arrayContaining([
        ['admin', 'manager'],
        ['manager', 'member'],
        ['member', 'reader'],
      ]),
    );
    const circle = await api.put(`${V3}/roles/${await roleId('reader')}/implies/${admin}`, { token });
    expect(circle.status).toBe(400);
  });

  it('come through groups and from domains above, and end with them', async () => {
    const project = await make('projects', 'project', { name: 'through' });
    const user = await make('users', 'user', { name: 'through', password: 'pw' });
    const group = await make('groups', 'group', { name: 'through' });
    const member = await roleId('member');
    const inherited = `${V3}/OS-INHERIT/domains/default/groups/${group}/roles/${member}/inherited_to_projects`;
    const login = () => tokenOf(api, 'through', 'pw', { project: { id: project } });
    await expect(login()).rejects.toThrow('401');
    expect((await api.put(`${V3}/groups/${group}/users/${user}`, { token })).status).toBe(204);
    expect((await api.put(inherited, { token })).status).toBe(204);
    expect((await api.call('HEAD', inherited, { token })).status).toBe(204);
    const own = await login();
    const projects = (await api.get(`${V3}/auth/projects`, { token: own })).body.projects;
    expect(projects.map((one: { id: string }) => one.id)).toContain(project);
    const effective = (
      await api.get(
        `${V3}/role_assignments?effective&include_names&user.id=${user}&scope.project.id=${project}`,
        { token },
      )
    ).body;
    const names = effective.role_assignments.map((one: { role: { name: string } }) => one.role.name).sort();
    expect(names).toEqual(['member', 'reader']);
    await api.delete(inherited, { token });
    expect((await api.get(`${V3}/auth/projects`, { token: own })).status).toBe(401);
  });

  it('are given, checked, listed and taken on projects, domains and the system', async () => {
    const user = await make('users', 'user', { name: 'given' });
    const reader = await roleId('reader');
    for (const place of ['domains/default', 'system']) {
      const url = `${V3}/${place}/users/${user}/roles`;
      expect((await api.call('HEAD', `${url}/${reader}`, { token })).status).toBe(404);
      expect((await api.put(`${url}/${reader}`, { token })).status).toBe(204);
      expect((await api.get(url, { token })).body.roles).toHaveLength(1);
      expect((await api.delete(`${url}/${reader}`, { token })).status).toBe(204);
    }
    expect((await api.put(`${V3}/projects/nowhere/users/${user}/roles/${reader}`, { token })).status).toBe(
      404,
    );
  });
});

describe('users', () => {
  it('see themselves and nobody else', async () => {
    const self = (await api.post(`${V3}/users`, { token, body: { user: { name: 'self', password: 'pw' } } }))
      .body.user.id;
    const own = await tokenOf(api, 'self', 'pw');
    expect((await api.get(`${V3}/users/${self}`, { token: own })).status).toBe(200);
    expect((await api.get(`${V3}/users`, { token: own })).status).toBe(403);
    expect((await api.get(`${V3}/users/${'f'.repeat(32)}`, { token: own })).status).toBe(403);
  });
});

describe('discovery', () => {
  it('needs no token', async () => {
    const root = await api.get('/identity');
    expect(root).toMatchObject({ status: 300, body: { versions: { values: [{ id: 'v3.14' }] } } });
    expect((await api.get('/identity/v3')).body.version.links[0].href).toBe('http://cloud.test/identity/v3/');
    const home = await api.get('/identity/v3', { headers: { accept: 'application/json-home' } });
    expect(home.body).toHaveProperty('resources');
  });
});
