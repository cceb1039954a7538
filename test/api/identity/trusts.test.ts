import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestApi } from '#test/support/api.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { People, type Person } from './people.ts';
import { passwordAuth, serveIdentity } from './support.ts';

let api: TestApi;
let admin: string;
let people: People;
let clock: ManualClock;
let trustor: Person;
let trustee: Person;
let count = 0;
const V3 = '/identity/v3';
const URL = `${V3}/OS-TRUST/trusts`;

beforeAll(async () => {
  clock = new ManualClock();
  ({ api, admin } = await serveIdentity(clock));
  people = new People(api, admin);
});
beforeEach(async () => {
  count++;
  trustor = await people.add(`trustor-${count}`);
  trustee = await people.add(`trustee-${count}`);
});
afterAll(() => api[Symbol.asyncDispose]());

const wanted = (fields: object = {}) => ({
  trustor_user_id: trustor.userId,
  trustee_user_id: trustee.userId,
  project_id: trustor.projectId,
  impersonation: true,
  roles: [{ name: 'member' }],
  ...fields,
});
const create = async (fields: object = {}, token?: string) =>
  api.post(URL, { token: token ?? (await trustor.login()), body: { trust: wanted(fields) } });
const made = async (fields: object = {}, token?: string) => {
  const answer = await create(fields, token);
  expect([answer.status, answer.body.error?.message]).toEqual([201, undefined]);
  return answer.body.trust;
};
const enter = (id: string, who = trustee) =>
  api.post(`${V3}/auth/tokens`, { body: passwordAuth(who.name, 'secret', { 'OS-TRUST:trust': { id } }) });
const tokenBy = async (id: string, who = trustee) => {
  const answer = await enter(id, who);
  expect(answer.status).toBe(201);
  return String(answer.headers['x-subject-token']);
};
const works = async (token: string) => (await api.get(`${V3}/auth/catalog`, { token })).status === 200;

describe('a trust', () => {
  it('lets the trustee act as the trustor in the project, with the roles it names', async () => {
    const trust = await made();
    expect(trust).toMatchObject({ remaining_uses: null, redelegation_count: 0, expires_at: null });
    const { body } = await enter(trust.id);
    expect(body.token).toMatchObject({
      user: { id: trustor.userId },
      project: { id: trustor.projectId },
      'OS-TRUST:trust': {
        id: trust.id,
        impersonation: true,
        trustor_user: { id: trustor.userId },
        trustee_user: { id: trustee.userId },
      },
    });
    expect(body.token.roles.map((role: { name: string }) => role.name).sort()).toEqual(['member', 'reader']);
  });

  it("without impersonation leaves the trustee's name on what the trustee does", async () => {
    const trust = await made({ impersonation: false });
    expect((await enter(trust.id)).body.token.user.id).toBe(trustee.userId);
  });

  it('is entered by its trustee alone, and not by a token that was delegated', async () => {
    const trust = await made();
    expect((await enter(trust.id, trustor)).status).toBe(403);
    const token = await tokenBy(trust.id);
    const again = { auth: { identity: { methods: ['token'], token: { id: token } } } };
    expect((await api.post(`${V3}/auth/tokens`, { body: again })).status).toBe(403);
  });

  it('counts its uses, also when many come at once, and refuses more', async () => {
    const trust = await made({ remaining_uses: 2 });
    const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await enter(trust.id)).status));
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 201, 403, 403]);
    expect((await api.get(`${URL}/${trust.id}`, { token: await trustor.login() })).status).toBe(404);
  });

  it('ends at its time, and its tokens with it', async () => {
    const soon = new Date(clock.now().getTime() + 60_000).toISOString();
    const trust = await made({ expires_at: soon });
    const token = await tokenBy(trust.id);
    expect(await works(token)).toBe(true);
    clock.advance(61_000);
    await people.make('projects', 'project', { name: `other-${count}` }); // what is cached is read again
    expect(await works(token)).toBe(false);
    expect((await enter(trust.id)).status).toBe(404);
  });

  it.each([
    [
      'its trustor deletes it',
      async (id: string) => api.delete(`${URL}/${id}`, { token: await trustor.login() }),
    ],
    ['the trustor loses a role', async () => people.revoke(trustor, 'member')],
    ['the trustor goes', async () => api.delete(`${V3}/users/${trustor.userId}`, { token: admin })],
    ['the trustee goes', async () => api.delete(`${V3}/users/${trustee.userId}`, { token: admin })],
    ['the project goes', async () => api.delete(`${V3}/projects/${trustor.projectId}`, { token: admin })],
  ])('ends at once when %s', async (_, act) => {
    const { id } = await made();
    const token = await tokenBy(id);
    expect(await works(token)).toBe(true);
    await act(id);
    expect(await works(token)).toBe(false);
    expect((await enter(id)).status).toBeGreaterThanOrEqual(401);
  });

  it('is made by its trustor alone, with roles that the trustor has, for somebody who exists', async () => {
    expect((await create({}, await trustee.login())).status).toBe(403);
    expect((await create({}, admin)).status).toBe(403);
    expect((await create({ roles: [{ name: 'admin' }] })).status).toBe(404);
    expect((await create({ roles: [] })).status).toBe(403);
    expect((await create({ trustee_user_id: 'f'.repeat(32) })).status).toBe(404);
    expect((await create({ expires_at: 'bad.123Z' })).status).toBe(400);
    expect((await create({ expires_at: '2001-01-01T00:00:00Z' })).status).toBe(400);
    expect((await create({ remaining_uses: 0 })).status).toBe(400);
    expect((await create({ project_id: null })).status).toBe(400);
  });

  it('is seen by both sides and by administrators, and by nobody else', async () => {
    const { id } = await made();
    const stranger = await people.add(`stranger-${count}`);
    const statusFor = async (token: string) => (await api.get(`${URL}/${id}`, { token })).status;
    expect(await statusFor(await trustee.login())).toBe(200);
    expect(await statusFor(admin)).toBe(200);
    expect(await statusFor(await stranger.login())).toBe(404);
    expect((await api.delete(`${URL}/${id}`, { token: await trustee.login() })).status).toBe(403);
    const list = async (query: string, token: string) => api.get(`${URL}?${query}`, { token });
    expect((await list('', await trustee.login())).status).toBe(403);
    const mine = await list(`trustee_user_id=${trustee.userId}`, await trustee.login());
    expect(mine.body.trusts.map((trust: { id: string }) => trust.id)).toEqual([id]);
    expect((await list('', admin)).body.trusts.some((trust: { id: string }) => trust.id === id)).toBe(true);
  });

  it('tells its roles, one by one', async () => {
    const { id } = await made();
    const token = await trustor.login();
    const [role] = (await api.get(`${URL}/${id}/roles`, { token })).body.roles;
    expect(role.name).toBe('member');
    expect((await api.call('HEAD', `${URL}/${id}/roles/${role.id}`, { token })).status).toBe(200);
    const reader = await people.role('reader');
    expect((await api.get(`${URL}/${id}/roles/${reader}`, { token })).status).toBe(404);
  });
});

describe('a trust that is passed on', () => {
  it('becomes smaller with each step, and ends with the one it came from', async () => {
    const first = await made({ allow_redelegation: true, redelegation_count: 2 });
    const heir = await people.add(`heir-${count}`);
    const pass = (fields: object, token: string) =>
      create({ trustee_user_id: heir.userId, allow_redelegation: true, ...fields }, token);
    const token = await tokenBy(first.id);
    expect((await pass({ redelegation_count: 2 }, token)).status).toBe(403);
    const second = (await pass({}, token)).body.trust;
    expect(second).toMatchObject({ redelegated_trust_id: first.id, redelegation_count: 1 });
    const held = await tokenBy(second.id, heir);
    expect(await works(held)).toBe(true);
    await api.delete(`${URL}/${first.id}`, { token: await trustor.login() });
    expect(await works(held)).toBe(false);
  });

  it('must allow it, and gives no role that it does not have', async () => {
    const closed = await tokenBy((await made()).id);
    expect((await create({ trustee_user_id: trustee.userId }, closed)).status).toBe(403);
    expect((await create({ allow_redelegation: true, redelegation_count: 4 })).status).toBe(403);
    expect((await create({ allow_redelegation: true, remaining_uses: 1 })).status).toBe(400);
    const narrow = await made({ allow_redelegation: true, roles: [{ name: 'reader' }] });
    expect((await create({}, await tokenBy(narrow.id))).status).toBe(403);
  });

  it('makes no application credentials', async () => {
    const token = await tokenBy((await made({ allow_redelegation: true })).id);
    const url = `${V3}/users/${trustor.userId}/application_credentials`;
    expect((await api.post(url, { token, body: { application_credential: { name: 'x' } } })).status).toBe(
      403,
    );
  });
});
