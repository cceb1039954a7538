import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiAnswer, TestApi } from '#test/support/api.ts';
import { ADMIN_PASSWORD, passwordAuth, serveIdentity, tokenOf } from './support.ts';

let api: TestApi;
let admin: string;
const V3 = '/identity/v3';
const adminScope = { project: { name: 'admin', domain: { id: 'default' } } };

beforeAll(async () => {
  ({ api, admin } = await serveIdentity());
});
afterAll(() => api[Symbol.asyncDispose]());

const authenticate = (body: object): Promise<ApiAnswer> => api.post(`${V3}/auth/tokens`, { body });
const validate = (token: string) =>
  api.get(`${V3}/auth/tokens`, { token: admin, headers: { 'x-subject-token': token } });

/** A user with a project of the same name in which they are a member. */
async function aMember(
  name: string,
): Promise<{ user: string; project: string; role: string; scope: object }> {
  const made = async (path: string, body: object) =>
    (await api.post(`${V3}/${path}`, { token: admin, body })).body;
  const project = (await made('projects', { project: { name, domain_id: 'default' } })).project.id as string;
  const user = (await made('users', { user: { name, password: 'secret', domain_id: 'default' } })).user
    .id as string;
  const role = (await api.get(`${V3}/roles?name=member`, { token: admin })).body.roles[0].id as string;
  expect(
    (await api.put(`${V3}/projects/${project}/users/${user}/roles/${role}`, { token: admin })).status,
  ).toBe(204);
  return { user, project, role, scope: { project: { id: project } } };
}

describe('a token', () => {
  it('by password carries the scope, all implied roles and the catalogue', async () => {
    const answer = await authenticate(passwordAuth('admin', ADMIN_PASSWORD, adminScope));
    expect(answer.status).toBe(201);
    expect(String(answer.headers['x-subject-token']).length).toBeLessThanOrEqual(255);
    const { token } = answer.body;
    expect(token).toMatchObject({
      methods: ['password'],
      user: { name: 'admin', domain: { id: 'default', name: 'Default' }, password_expires_at: null },
      project: { name: 'admin', domain: { id: 'default' } },
    });
    expect(token.roles.map((role: { name: string }) => role.name).sort()).toEqual([
      'admin',
      'manager',
      'member',
      'reader',
    ]);
    expect(token.issued_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const types = token.catalog.map((service: { type: string }) => service.type);
    expect(types).toEqual(['block-storage', 'identity', 'volumev3']);
    const urls = token.catalog[0].endpoints.map((endpoint: { url: string }) => endpoint.url);
    expect(urls).toEqual(Array(3).fill(`http://cloud.test/volume/v3/${token.project.id}`));
  });

  it('without a scope has neither roles nor catalogue, and with nocatalog no catalogue', async () => {
    const unscoped = (await authenticate(passwordAuth('admin', ADMIN_PASSWORD))).body.token;
    expect(unscoped).not.toHaveProperty('catalog');
    expect(unscoped).not.toHaveProperty('roles');
    const bare = await api.post(`${V3}/auth/tokens?nocatalog`, {
      body: passwordAuth('admin', ADMIN_PASSWORD, adminScope),
    });
    expect(bare.body.token).not.toHaveProperty('catalog');
    expect(bare.body.token.roles).toHaveLength(4);
  });

  it('made from a token keeps its end and names its origin', async () => {
    const first = await authenticate(passwordAuth('admin', ADMIN_PASSWORD));
    const id = String(first.headers['x-subject-token']);
    const second = await authenticate({
      auth: { identity: { methods: ['token'], token: { id } }, scope: adminScope },
    });
    expect(second.body.token.expires_at).toBe(first.body.token.expires_at);
    expect(second.body.token.audit_ids[1]).toBe(first.body.token.audit_ids[0]);
    expect(second.body.token.methods.toSorted()).toEqual(['password', 'token']);
  });

  it('for the system has its roles there', async () => {
    const token = (await authenticate(passwordAuth('admin', ADMIN_PASSWORD, { system: { all: true } }))).body
      .token;
    expect(token.system).toEqual({ all: true });
  });

  it.each([
    ['a wrong password', passwordAuth('admin', 'wrong')],
    ['an unknown user', passwordAuth('nobody', 'x')],
    ['an unknown project', passwordAuth('admin', ADMIN_PASSWORD, { project: { id: 'f'.repeat(32) } })],
    ['an unknown method', { auth: { identity: { methods: ['magic'] } } }],
    ['a forged token', { auth: { identity: { methods: ['token'], token: { id: 'AQ' } } } }],
  ])('is not given for %s, always in the same words', async (_why, body) => {
    const answer = await authenticate(body);
    expect(answer.status).toBe(401);
    expect(answer.body.error).toEqual({
      code: 401,
      title: 'Unauthorized',
      message: 'The request you have made requires authentication.',
    });
  });

  it.each([[{}], [{ auth: {} }], [{ auth: { identity: { methods: 'password' } } }]])(
    'is refused for the malformed %j',
    async (body) => {
      expect((await authenticate(body)).status).toBe(400);
    },
  );
});

describe('validation', () => {
  it('answers for own and others’ tokens, by GET and HEAD', async () => {
    const { scope } = await aMember('validated');
    const token = await tokenOf(api, 'validated', 'secret', scope);
    expect((await validate(token)).body.token.project.name).toBe('validated');
    expect(
      (await api.call('HEAD', `${V3}/auth/tokens`, { token, headers: { 'x-subject-token': token } })).status,
    ).toBe(200);
    expect(
      (await api.get(`${V3}/auth/tokens`, { token, headers: { 'x-subject-token': admin } })).status,
    ).toBe(403);
    expect((await validate(token.slice(0, -4) + 'AAAA')).status).toBe(404);
  });
});

describe('revocation takes effect at once', () => {
  const works = async (token: string) => (await api.get(`${V3}/auth/projects`, { token })).status === 200;

  it('of a token, and of those made from it', async () => {
    const parent = await tokenOf(api, 'admin', ADMIN_PASSWORD);
    const child = await authenticate({
      auth: { identity: { methods: ['token'], token: { id: parent } }, scope: adminScope },
    });
    const childToken = String(child.headers['x-subject-token']);
    expect(await works(childToken)).toBe(true);
    expect(
      (await api.delete(`${V3}/auth/tokens`, { token: admin, headers: { 'x-subject-token': parent } }))
        .status,
    ).toBe(204);
    expect(await works(parent)).toBe(false);
    expect(await works(childToken)).toBe(false);
  });

  it('by a role taken away, a disabled project, a changed password and a deleted user', async () => {
    const { user, project, role, scope } = await aMember('revoked');
    const url = `${V3}/projects/${project}/users/${user}/roles/${role}`;
    const first = await tokenOf(api, 'revoked', 'secret', scope);
    await api.delete(url, { token: admin });
    expect(await works(first)).toBe(false);
    await api.put(url, { token: admin });

    const second = await tokenOf(api, 'revoked', 'secret', scope);
    await api.patch(`${V3}/projects/${project}`, { token: admin, body: { project: { enabled: false } } });
    expect(await works(second)).toBe(false);
    await api.patch(`${V3}/projects/${project}`, { token: admin, body: { project: { enabled: true } } });

    const third = await tokenOf(api, 'revoked', 'secret', scope);
    const change = { user: { original_password: 'secret', password: 'better' } };
    expect((await api.post(`${V3}/users/${user}/password`, { body: change })).status).toBe(204);
    expect(await works(third)).toBe(false);

    const fourth = await tokenOf(api, 'revoked', 'better', scope);
    await api.delete(`${V3}/users/${user}`, { token: admin });
    expect(await works(fourth)).toBe(false);
  });
});

describe('an application credential', () => {
  it('gets tokens of its project and roles until it is deleted', async () => {
    const { user, scope } = await aMember('robot');
    const own = await tokenOf(api, 'robot', 'secret', scope);
    const url = `${V3}/users/${user}/application_credentials`;
    const body = { application_credential: { name: 'ci', roles: [{ name: 'reader' }] } };
    const made = (await api.post(url, { token: own, body })).body.application_credential;
    expect(made.secret.length).toBeGreaterThan(60);
    const login = (secret: string) =>
      authenticate({
        auth: {
          identity: { methods: ['application_credential'], application_credential: { id: made.id, secret } },
        },
      });
    const given = await login(made.secret);
    expect(given.body.token).toMatchObject({
      project: { name: 'robot' },
      application_credential: { name: 'ci', restricted: true },
    });
    expect(given.body.token.roles.map((role: { name: string }) => role.name)).toEqual(['reader']);
    expect((await login('wrong')).status).toBe(401);
    const token = String(given.headers['x-subject-token']);
    expect((await api.post(url, { token, body: { application_credential: { name: 'more' } } })).status).toBe(
      403,
    );
    expect(
      (await api.get(`${url}/${made.id}`, { token: own })).body.application_credential,
    ).not.toHaveProperty('secret');
    await api.delete(`${url}/${made.id}`, { token: own });
    expect((await api.get(url, { token })).status).toBe(401);
    expect((await login(made.secret)).status).toBe(401);
  });

  it('with access rules makes those calls and no others', async () => {
    const { user, scope } = await aMember('narrow');
    const own = await tokenOf(api, 'narrow', 'secret', scope);
    const access_rules = [{ service: 'identity', method: 'GET', path: '/v3/auth/projects' }];
    const made = await api.post(`${V3}/users/${user}/application_credentials`, {
      token: own,
      body: { application_credential: { name: 'narrow', access_rules } },
    });
    const { id, secret } = made.body.application_credential;
    const given = await authenticate({
      auth: { identity: { methods: ['application_credential'], application_credential: { id, secret } } },
    });
    const token = String(given.headers['x-subject-token']);
    expect((await api.get(`${V3}/auth/projects`, { token })).status).toBe(200);
    expect((await api.get(`${V3}/auth/catalog`, { token })).status).toBe(401);
    expect((await api.get(`${V3}/users/${user}`, { token })).status).toBe(401);

    const show = (more: Record<string, string>) =>
      api.get(`${V3}/auth/tokens`, { token: admin, headers: { 'x-subject-token': token, ...more } });
    const heeded = await show({ 'openstack-identity-access-rules': '1.0' });
    expect(heeded.body.token.application_credential.access_rules).toMatchObject(access_rules);
    // A service that knows nothing of such rules would let everything through.
    for (const version of [{}, ...['0.9', 'x'].map((one) => ({ 'openstack-identity-access-rules': one }))])
      expect((await show(version)).status).toBe(404);
  });

  it('cannot be made for somebody else, or with roles one does not have', async () => {
    const { user, scope } = await aMember('modest');
    const own = await tokenOf(api, 'modest', 'secret', scope);
    const url = `${V3}/users/${user}/application_credentials`;
    expect(
      (await api.post(url, { token: admin, body: { application_credential: { name: 'x' } } })).status,
    ).toBe(403);
    const greedy = { application_credential: { name: 'x', roles: [{ name: 'admin' }] } };
    expect((await api.post(url, { token: own, body: greedy })).status).toBe(400);
  });
});

describe('a chain of tokens', () => {
  const login = async (id: string, scope?: object) =>
    String(
      (
        await authenticate({
          auth: { identity: { methods: ['token'], token: { id } }, ...(scope ? { scope } : {}) },
        })
      ).headers['x-subject-token'],
    );
  const works = async (token: string) => (await api.get(`${V3}/auth/projects`, { token })).status === 200;

  it('ends from where it is revoked on, and not before', async () => {
    const root = await tokenOf(api, 'admin', ADMIN_PASSWORD);
    const child = await login(root, adminScope);
    const grandchild = await login(child);
    const sibling = await login(root);
    const headers = { 'x-subject-token': child };
    expect((await api.delete(`${V3}/auth/tokens`, { token: admin, headers })).status).toBe(204);
    expect(await Promise.all([root, child, grandchild, sibling].map(works))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    await api.delete(`${V3}/auth/tokens`, { token: admin, headers: { 'x-subject-token': root } });
    expect(await Promise.all([root, sibling].map(works))).toEqual([false, false]);
  });

  it('shows the own audit id and the first, however long it is', async () => {
    const root = await tokenOf(api, 'admin', ADMIN_PASSWORD);
    const auditIds = async (token: string): Promise<string[]> => (await validate(token)).body.token.audit_ids;
    const [first] = await auditIds(root);
    let token = root;
    for (let length = 0; length < 6; length++) token = await login(token, adminScope);
    expect(await auditIds(token)).toEqual([expect.any(String), first]);
    expect(token.length).toBeLessThanOrEqual(255);
    await api.delete(`${V3}/auth/tokens`, { token: admin, headers: { 'x-subject-token': root } });
    expect(await works(token)).toBe(false);
  });

  it('stays ended when what ended it is allowed again', async () => {
    const { project, scope } = await aMember('returning');
    const token = await tokenOf(api, 'returning', 'secret', scope);
    const enable = (enabled: boolean) =>
      api.patch(`${V3}/projects/${project}`, { token: admin, body: { project: { enabled } } });
    await enable(false);
    await enable(true);
    expect(await works(token)).toBe(false);
  });
});

describe('a token of a user whose domain is disabled', () => {
  it('ends at once', async () => {
    const domain = (await api.post(`${V3}/domains`, { token: admin, body: { domain: { name: 'jars' } } }))
      .body.domain.id as string;
    const user = { name: 'dora', password: 'secret', domain_id: domain };
    await api.post(`${V3}/users`, { token: admin, body: { user } });
    const given = await authenticate({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'dora', password: 'secret', domain: { id: domain } } },
        },
      },
    });
    const token = String(given.headers['x-subject-token']);
    expect((await api.get(`${V3}/auth/projects`, { token })).status).toBe(200);
    const disabled = { domain: { enabled: false } };
    await api.patch(`${V3}/domains/${domain}`, { token: admin, body: disabled });
    expect((await api.get(`${V3}/auth/projects`, { token })).status).toBe(401);
  });
});

describe('revocation events', () => {
  const events = (query = '', token = admin) => api.get(`${V3}/OS-REVOKE/events${query}`, { token });

  const issued = async (name: string, scope: object) =>
    String((await authenticate(passwordAuth(name, 'secret', scope))).headers['x-subject-token']);

  it('tell which tokens no longer count, to services and administrators', async () => {
    const { user, scope } = await aMember('shut-out');
    const token = await issued('shut-out', scope);
    const { audit_ids } = (await validate(token)).body.token;
    await api.delete(`${V3}/auth/tokens`, { token: admin, headers: { 'x-subject-token': token } });
    await api.patch(`${V3}/users/${user}`, { token: admin, body: { user: { enabled: false } } });
    const { status, body } = await events();
    expect(status).toBe(200);
    expect(body.events).toContainEqual({
      audit_chain_id: audit_ids[0],
      issued_before: expect.any(String),
      revoked_at: expect.any(String),
    });
    expect(body.events).toContainEqual(expect.objectContaining({ user_id: user }));
    expect((await events('?since=2999-01-01T00:00:00Z')).body.events).toEqual([]);
    expect((await events('?since=yesterday')).status).toBe(400);
  });

  it('are for nobody else', async () => {
    const { scope } = await aMember('curious');
    const token = await issued('curious', scope);
    expect((await events('', token)).status).toBe(403);
    expect((await api.get(`${V3}/OS-REVOKE/events`)).status).toBe(401);
  });
});
