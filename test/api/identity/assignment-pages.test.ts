import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '#test/support/api.ts';
import { People } from './people.ts';
import { serveIdentity } from './support.ts';

/** Assignments have no id of their own; a page ends in the middle of what comes of one as well as between two. */
const URL_PATH = '/identity/v3/role_assignments';
let api: TestApi;
let admin: string;
let group: string;
/** What the group has in all projects. */
let inherited: string;

beforeAll(async () => {
  ({ api, admin } = await serveIdentity());
  const people = new People(api, admin);
  const put = (path: string) => api.put(`/identity/v3/${path}`, { token: admin });
  group = await people.make('groups', 'group', { name: 'team' });
  const { body } = await api.get('/identity/v3/roles?name=member', { token: admin });
  const role = body.roles[0].id;
  for (const name of ['ada', 'bob', 'eve']) {
    const { userId } = await people.add(name);
    await put(`groups/${group}/users/${userId}`);
    await people.make('projects', 'project', { name: `of ${name}` });
  }
  inherited = `/identity/v3/OS-INHERIT/domains/default/groups/${group}/roles/${role}/inherited_to_projects`;
  expect((await api.put(inherited, { token: admin })).status).toBe(204);
});
afterAll(() => api[Symbol.asyncDispose]());

const list = async (query: string) => (await api.get(`${URL_PATH}?${query}`, { token: admin })).body;

async function pages(query: string): Promise<unknown[][]> {
  const found: unknown[][] = [];
  for (let at: string | null = `${query}&limit=2`; at !== null;) {
    const { role_assignments, links } = await list(at);
    found.push(role_assignments);
    at = links.next === null ? null : new URL(links.next).search.slice(1);
  }
  return found;
}

describe.each(['', 'effective', 'effective&role.id=none', 'effective&scope.system=all'])(
  'assignments in pages, with the query "%s"',
  (query) => {
    it('are together the whole list, each once, and no page is larger than asked for', async () => {
      const { role_assignments: whole } = await list(query);
      const parts = await pages(query);
      expect(parts.flat()).toEqual(whole);
      expect(parts.every((part) => part.length <= 2)).toBe(true);
    });
  },
);

it.each(['nothing', 'a.b.c', '....'])('400 for a marker that is none: %s', async (marker) => {
  for (const query of ['limit=1', 'effective&limit=1'])
    expect((await api.get(`${URL_PATH}?${query}&marker=${marker}`, { token: admin })).status).toBe(400);
});

it('goes on after what is gone meanwhile', async () => {
  const { role_assignments: first, links } = await list('limit=1');
  const marker = new URL(links.next).searchParams.get('marker');
  expect(first[0].group.id).toBe(group);
  expect((await api.delete(inherited, { token: admin })).status).toBe(204);
  const { role_assignments: left } = await list('');
  expect((await list(`limit=1000&marker=${marker}`)).role_assignments).toEqual(left);
  expect((await list(`effective&limit=1000&marker=${marker}.2`)).role_assignments).toEqual(
    (await list('effective')).role_assignments,
  );
});
