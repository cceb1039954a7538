import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';
import { until } from '#test/support/until.ts';

const V3 = '/identity/v3';
let directory: string;
let cloud: TestCloud;
let ada: Member;
let bob: Member;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-policy-'));
  cloud = await startCloud(undefined, { policyDirectory: directory });
  ada = await cloud.addMember('ada');
  bob = await cloud.addMember('bob');
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const get = async (url: string, { token }: Member) => (await cloud.call('GET', url, { token })).status;
const write = (text: string) => writeFile(join(directory, 'policy.yaml'), text);
const becomes = (what: string, look: () => Promise<number>, status: number) =>
  until(what, async () => (await look()) === status);

it('opens what was closed, on the route and on the object, while the cloud runs', async () => {
  expect(await get(`${V3}/users`, ada)).toBe(403);
  expect(await get(`${V3}/users/${bob.userId}`, ada)).toBe(403);
  await write('"identity:list_users": "role:member"\n"identity:get_user": "role:member"\n');
  await becomes('the route is open', () => get(`${V3}/users`, ada), 200);
  expect(await get(`${V3}/users/${bob.userId}`, ada)).toBe(200);
});

it('closes what was open, on the route and on the object', async () => {
  const body = { network: { name: 'own' } };
  const made = await cloud.call('POST', '/network/v2.0/networks', { token: ada.token, body });
  const url = `/network/v2.0/networks/${made.body.network.id}`;
  expect(await get(url, ada)).toBe(200);
  await write('"get_network": "rule:admin"\n"create_network": "!"\n');
  await becomes('the network is hidden', () => get(url, ada), 403);
  expect((await cloud.call('POST', '/network/v2.0/networks', { token: ada.token, body })).status).toBe(403);
  expect((await cloud.call('GET', url, { token: cloud.admin })).status).toBe(200);
});

it('says who is an administrator', async () => {
  const others = `${V3}/users/${bob.userId}`;
  await write('"admin": "user_id:nobody"\n');
  await becomes(
    'the administrator is none',
    async () => (await cloud.call('GET', others, { token: cloud.admin })).status,
    403,
  );
  await write('');
  await becomes(
    'the administrator is one',
    async () => (await cloud.call('GET', others, { token: cloud.admin })).status,
    200,
  );
});
