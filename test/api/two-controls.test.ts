import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '#kernel/db/database.ts';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';
import { newPostgres } from '#test/support/postgres.ts';
import { until } from '#test/support/until.ts';

const V3 = '/identity/v3';
let one: TestCloud;
let other: TestCloud;

beforeAll(async () => {
  const url = await newPostgres();
  const start = (worker: string) => startCloud(Database.open({ kind: 'postgres', url }), { worker });
  [one, other] = await Promise.all([start('one'), start('other')]); // together, on an empty database
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

const works = async (cloud: TestCloud, token: string) =>
  (await cloud.call('GET', `${V3}/auth/projects`, { token })).status === 200;

/** Well before the sweep would find it. */
const soon = (what: string, look: () => Promise<boolean>) => until(what, look, { limitMs: 5_000 });

const roleId = async (name: string): Promise<string> =>
  (await one.call('GET', `${V3}/roles?name=${name}`, { token: one.admin })).body.roles[0].id as string;

it('takes a token of either at both', async () => {
  const { token } = await one.addMember('ada');
  expect(await works(one, token)).toBe(true);
  expect(await works(other, token)).toBe(true);
  expect(await works(one, other.admin)).toBe(true);
});

it('refuses at one a token that was revoked at the other', async () => {
  const { token } = await one.addMember('bob');
  expect(await works(other, token)).toBe(true);
  const headers = { 'x-subject-token': token };
  expect((await one.call('DELETE', `${V3}/auth/tokens`, { token: one.admin, headers })).status).toBe(204);
  await soon('it is refused', async () => !(await works(other, token)));
});

it.each([
  ['a disabled user', ({ userId }: Member) => [`users/${userId}`, { user: { enabled: false } }] as const],
  [
    'a disabled project',
    ({ projectId }: Member) => [`projects/${projectId}`, { project: { enabled: false } }] as const,
  ],
])('refuses at one a token of %s at the other', async (what, change) => {
  const member = await one.addMember(what);
  expect(await works(other, member.token)).toBe(true);
  const [path, body] = change(member);
  expect((await one.call('PATCH', `${V3}/${path}`, { token: one.admin, body })).status).toBe(200);
  await soon('it is refused', async () => !(await works(other, member.token)));
});

it('knows at one of roles that were given and taken at the other', async () => {
  const { token, userId, projectId } = await one.addMember('cleo');
  const mayList = async () => (await other.call('GET', `${V3}/users`, { token })).status === 200;
  expect(await mayList()).toBe(false);
  const grant = `${V3}/projects/${projectId}/users/${userId}/roles/${await roleId('admin')}`;
  await one.call('PUT', grant, { token: one.admin });
  await soon('the role counts', mayList);
  await one.call('DELETE', grant, { token: one.admin });
  await soon('the role is gone', async () => !(await mayList()));
});

it('shows at one a catalogue that was changed at the other', async () => {
  const catalog = async () =>
    (await other.call('GET', `${V3}/auth/catalog`, { token: one.admin })).text.includes('jar-service');
  expect(await catalog()).toBe(false);
  const body = { service: { type: 'jar', name: 'jar-service' } };
  expect((await one.call('POST', `${V3}/services`, { token: one.admin, body })).status).toBe(201);
  await soon('it is there', catalog);
});

it('knows at one of a key that was made at the other', async () => {
  const body = { token_key: {} };
  const made = await one.call('POST', `${V3}/token-keys`, { token: one.admin, body });
  expect(made.status).toBe(201);
  await soon('it is known', async () => {
    const { text } = await other.call('GET', `${V3}/token-keys`, { token: other.admin });
    return text.includes(String(made.body.token_key.id));
  });
});
