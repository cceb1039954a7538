import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestApi } from '#test/support/api.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { People, type Person } from './people.ts';
import { passwordAuth, serveIdentity, tokenOf } from './support.ts';

/** Three ways in which one process acts with what another has; each ends at once. Trusts are in trusts.test.ts. */

let api: TestApi;
let admin: string;
let people: People;
let clock: ManualClock;
let owner: Person;
const V3 = '/identity/v3';

beforeAll(async () => {
  clock = new ManualClock();
  ({ api, admin } = await serveIdentity(clock));
  people = new People(api, admin);
  owner = await people.add('owner');
});
afterAll(() => api[Symbol.asyncDispose]());

const works = async (token: string) => (await api.get(`${V3}/auth/catalog`, { token })).status === 200;
const makeCredential = async (fields: object) => {
  const url = `${V3}/users/${owner.userId}/application_credentials`;
  const token = await owner.login();
  const made = await api.post(url, { token, body: { application_credential: fields } });
  return { ...made.body.application_credential, url: `${url}/${made.body.application_credential.id}` };
};
const enter = async (application_credential: object) =>
  api.post(`${V3}/auth/tokens`, {
    body: { auth: { identity: { methods: ['application_credential'], application_credential } } },
  });
const subject = ({ headers }: Awaited<ReturnType<typeof enter>>) => String(headers['x-subject-token']);

it('an application credential, by its id or its name, works until it is deleted', async () => {
  const { id, name, secret, url } = await makeCredential({ name: 'robot' });
  const token = subject(await enter({ id, secret }));
  expect((await enter({ name, secret, user: { id: owner.userId } })).status).toBe(201);
  expect((await enter({ id, secret: 'wrong' })).status).toBe(401);
  expect(await works(token)).toBe(true);
  expect((await api.delete(url, { token: await owner.login() })).status).toBe(204);
  expect(await works(token)).toBe(false);
  expect((await enter({ id, secret })).status).toBe(401);
});

it('an application credential ends at its time, also for tokens that were checked before', async () => {
  const expires_at = new Date(clock.now().getTime() + 60_000).toISOString();
  const { id, secret } = await makeCredential({ name: 'brief', expires_at });
  const token = subject(await enter({ id, secret }));
  expect(await works(token)).toBe(true);
  clock.advance(61_000);
  expect(await works(token)).toBe(false);
});

it('a trust ends at its time, also for tokens that were checked before', async () => {
  const trustee = await people.add('trustee');
  const expires_at = new Date(clock.now().getTime() + 60_000).toISOString();
  const trust = {
    trustor_user_id: owner.userId,
    trustee_user_id: trustee.userId,
    project_id: owner.projectId,
    impersonation: false,
    roles: [{ name: 'member' }],
    expires_at,
  };
  const { id } = (await api.post(`${V3}/OS-TRUST/trusts`, { token: await owner.login(), body: { trust } }))
    .body.trust;
  const body = passwordAuth('trustee', 'secret', { 'OS-TRUST:trust': { id } });
  const token = subject(await api.post(`${V3}/auth/tokens`, { body }));
  expect(await works(token)).toBe(true);
  clock.advance(61_000);
  expect(await works(token)).toBe(false);
});

it("a group's inherited grant works below where it was given, until it or the membership goes", async () => {
  const userId = await people.make('users', 'user', { name: 'deputy', password: 'secret' });
  const group = await people.make('groups', 'group', { name: 'deputies' });
  const top = await people.make('projects', 'project', { name: 'top' });
  const below = await people.make('projects', 'project', { name: 'below', parent_id: top });
  const member = `${V3}/groups/${group}/users/${userId}`;
  const role = await people.role('member');
  const grant = `${V3}/OS-INHERIT/projects/${top}/groups/${group}/roles/${role}/inherited_to_projects`;
  await api.put(member, { token: admin });
  await api.put(grant, { token: admin });
  const login = () => tokenOf(api, 'deputy', 'secret', { project: { id: below } });
  const first = await login();
  expect(await works(first)).toBe(true);
  await expect(tokenOf(api, 'deputy', 'secret', { project: { id: top } })).rejects.toThrow('401');
  const query = `effective&user.id=${userId}&scope.project.id=${below}`;
  const listed = await api.get(`${V3}/role_assignments?${query}`, { token: admin });
  expect(listed.body.role_assignments).toHaveLength(2);
  await api.delete(member, { token: admin });
  expect(await works(first)).toBe(false);
  await api.put(member, { token: admin });
  const second = await login();
  await api.delete(grant, { token: admin });
  expect(await works(second)).toBe(false);
});

it('projects tell who is above and below them, no deeper than allowed, and go from the leaves', async () => {
  const make = async (name: string, parent_id?: string) =>
    people.make('projects', 'project', { name, ...(parent_id === undefined ? {} : { parent_id }) });
  const a = await make('a');
  const b = await make('b', a);
  const c = await make('c', b);
  const show = async (id: string, query: string) =>
    (await api.get(`${V3}/projects/${id}?${query}`, { token: admin })).body.project;
  expect((await show(c, 'parents_as_ids')).parents).toEqual({ [b]: { [a]: null } });
  expect((await show(a, 'subtree_as_ids')).subtree).toEqual({ [b]: { [c]: null } });
  const subtree: { project: { id: string } }[] = (await show(a, 'subtree_as_list')).subtree;
  expect(subtree.map(({ project }) => project.id)).toEqual([b, c]);
  expect((await api.delete(`${V3}/projects/${b}`, { token: admin })).status).toBe(403);
  const disable = { project: { enabled: false } };
  expect((await api.patch(`${V3}/projects/${b}`, { token: admin, body: disable })).status).toBe(403);
  const d = await make('d', c);
  await expect(make('e', d)).rejects.toThrow('403');
});

it('lists of people and projects come in pages, in the order of names', async () => {
  const names = ['page-1', 'page-2', 'page-3'];
  for (const name of names) await people.make('projects', 'project', { name, tags: ['paged'] });
  const first = await api.get(`${V3}/projects?tags=paged&limit=2`, { token: admin });
  const nameOf = ({ name }: { name: string }) => name;
  expect(first.body.projects.map(nameOf)).toEqual(['page-1', 'page-2']);
  const next = await api.get(
    new URL(first.body.links.next).pathname + new URL(first.body.links.next).search,
    {
      token: admin,
    },
  );
  expect(next.body.projects.map(nameOf)).toEqual(['page-3']);
  expect(next.body.links.next).toBeNull();
  const lost = await api.get(`${V3}/users?limit=1&marker=${'f'.repeat(32)}`, { token: admin });
  expect(lost.status).toBe(400);
});
