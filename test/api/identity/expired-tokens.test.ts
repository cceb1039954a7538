import { afterAll, beforeAll, expect, it } from 'vitest';
import { ManualClock } from '#test/support/manual-clock.ts';
import { ADMIN_PASSWORD, serveIdentity, tokenOf, type IdentityApi } from './support.ts';

const V3 = '/identity/v3';
const HOUR = 3_600_000;
const SCOPE = { project: { name: 'admin', domain: { id: 'default' } } };
const clock = new ManualClock();
let identity: IdentityApi;

beforeAll(async () => {
  identity = await serveIdentity(clock);
  const { api, admin: token } = identity;
  const user = { name: 'nova', password: 'secret' };
  const id = (await api.post(`${V3}/users`, { token, body: { user } })).body.user.id as string;
  const project = (await api.get(`${V3}/projects?name=admin`, { token })).body.projects[0].id as string;
  const role = (await api.get(`${V3}/roles?name=service`, { token })).body.roles[0].id as string;
  await api.put(`${V3}/projects/${project}/users/${id}/roles/${role}`, { token });
});
afterAll(() => identity.api[Symbol.asyncDispose]());

/** A token that has expired since, and one of a service and of its user that have not. */
async function tokens() {
  const { api } = identity;
  const late = await tokenOf(api, 'admin', ADMIN_PASSWORD, SCOPE);
  clock.advance(2 * HOUR);
  return {
    late,
    service: await tokenOf(api, 'nova', 'secret', SCOPE),
    nobody: await tokenOf(api, 'nova', 'secret'),
  };
}

const check = async (token: string, subject: string, query = '') => {
  const headers = { 'x-subject-token': subject };
  return (await identity.api.get(`${V3}/auth/tokens${query}`, { token, headers })).status;
};

it('an expired token is shown for two days to services that ask for it', async () => {
  const { late, service, nobody } = await tokens();
  expect(await check(service, late)).toBe(404);
  expect(await check(service, late, '?allow_expired=1')).toBe(200);
  expect(await check(service, late, '?allow_expired=0')).toBe(404);
  expect(await check(nobody, late, '?allow_expired=1')).toBe(404);
  clock.advance(47 * HOUR);
  const again = await tokenOf(identity.api, 'nova', 'secret', SCOPE);
  expect(await check(again, late, '?allow_expired=1')).toBe(404);
});

it('an expired token still counts beside that of a service, and beside no other', async () => {
  const { late, service, nobody } = await tokens();
  const call = async (serviceToken?: string) =>
    (
      await identity.api.get(`${V3}/auth/projects`, {
        token: late,
        headers: serviceToken === undefined ? {} : { 'x-service-token': serviceToken },
      })
    ).status;
  expect(await call()).toBe(401);
  expect(await call(nobody)).toBe(401);
  expect(await call('made up')).toBe(401);
  expect(await call(service)).toBe(200);
  expect(await call(late)).toBe(401);
});

it('a token that was revoked counts nowhere, expired or not', async () => {
  const { api } = identity;
  const revoked = await tokenOf(api, 'admin', ADMIN_PASSWORD, SCOPE);
  const headers = { 'x-subject-token': revoked };
  await api.delete(`${V3}/auth/tokens`, { token: revoked, headers });
  clock.advance(2 * HOUR);
  const service = await tokenOf(api, 'nova', 'secret', SCOPE);
  expect(await check(service, revoked, '?allow_expired=1')).toBe(404);
});

it('a token of an application credential ends with it, though it was checked before', async () => {
  const { api } = identity;
  const own = await tokenOf(api, 'admin', ADMIN_PASSWORD, SCOPE);
  const me = (await api.get(`${V3}/auth/tokens`, { token: own, headers: { 'x-subject-token': own } })).body
    .token;
  const expires_at = new Date(clock.now().getTime() + 60_000).toISOString();
  const made = await api.post(`${V3}/users/${me.user.id}/application_credentials`, {
    token: own,
    body: { application_credential: { name: 'short', expires_at } },
  });
  const { id, secret } = made.body.application_credential;
  const identityPart = { methods: ['application_credential'], application_credential: { id, secret } };
  const given = await api.post(`${V3}/auth/tokens`, { body: { auth: { identity: identityPart } } });
  const token = String(given.headers['x-subject-token']);
  expect((await api.get(`${V3}/auth/projects`, { token })).status).toBe(200);
  clock.advance(60_000);
  expect((await api.get(`${V3}/auth/projects`, { token })).status).toBe(401);
});

it('the keys of tokens are made, shown and dropped by administrators, and rotate without logging out', async () => {
  const { api } = identity;
  const token = await tokenOf(api, 'admin', ADMIN_PASSWORD, SCOPE);
  const member = await tokenOf(api, 'nova', 'secret', SCOPE);
  const url = `${V3}/token-keys`;
  expect((await api.get(url, { token: member })).status).toBe(403);
  const [first] = (await api.get(url, { token })).body.token_keys;
  expect((await api.post(url, { token, body: { token_key: {} } })).status).toBe(201);
  expect((await api.delete(`${url}/${first.id}`, { token })).status).toBe(409);
  clock.advance(30_000);
  const young = await tokenOf(api, 'admin', ADMIN_PASSWORD, SCOPE);
  expect((await api.get(url, { token })).body.token_keys).toHaveLength(2);
  expect((await api.delete(`${url}/${first.id}`, { token: young })).status).toBe(204);
  expect((await api.get(url, { token })).status).toBe(401);
  expect((await api.get(url, { token: young })).body.token_keys).toHaveLength(1);
});
