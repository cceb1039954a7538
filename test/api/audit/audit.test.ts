import { expect, it } from 'vitest';
import { Type } from 'typebox';
import { systemClock } from '#kernel/clock.ts';
import { notFound } from '#kernel/errors.ts';
import { keystoneFaults } from '#kernel/http/faults.ts';
import { Reply, route } from '#kernel/http/route.ts';
import { defineService } from '#kernel/http/service.ts';
import { createAuditService } from '#services/audit/index.ts';
import { auditPolicy } from '#services/audit/policy.ts';
import { aCaller, anAdmin, serveApi } from '#test/support/api.ts';

const RULES = [{ name: 'jar:write', check: 'role:member', doc: 'Fill jars.' }];
const Jar = Type.Object(
  { name: Type.String(), secret: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
const access = { rule: 'jar:write' } as const;

const jars = defineService({
  name: 'jar',
  prefix: '/jar',
  catalog: null,
  faults: keystoneFaults,
  policy: RULES,
  migrations: [],
  reconcilers: [],
  routes: [
    route({
      method: 'POST',
      url: '/jars',
      name: 'create-jar',
      summary: '',
      access,
      body: Jar,
      status: 201,
      handle: async ({ body }) => ({ jar: { id: `id-of-${body.name}` } }),
    }),
    route({
      method: 'GET',
      url: '/jars',
      name: 'list-jars',
      summary: '',
      access,
      status: 200,
      handle: async () => ({}),
    }),
    route({
      method: 'DELETE',
      url: '/jars/:id',
      name: 'delete-jar',
      summary: '',
      access,
      status: 204,
      params: Type.Object({ id: Type.String() }),
      handle: async ({ params }) => {
        if (params.id === 'absent') throw notFound('There is no jar absent.');
        return params.id === 'slow' ? new Reply(undefined, { status: 202 }) : undefined;
      },
    }),
  ],
});

const serve = () =>
  serveApi({
    rules: [...RULES, ...auditPolicy],
    services: (kit) => [jars, createAuditService(kit)],
  });

const owner = aCaller('p1');
const create = { as: owner, body: { name: 'one', secret: 'a very open secret' } };

it('tells who did what to what, from where, and what came of it', async () => {
  await using api = await serve();
  const made = await api.post('/jar/jars', create);
  await api.delete('/jar/jars/slow?force=true', { as: owner });
  await systemClock.sleep(2); // records of one moment have no order
  await api.delete('/jar/jars/absent', { as: owner });
  const { body } = await api.get('/audit/v1/records', { as: owner });
  expect(body.records).toMatchObject([
    { action: 'delete-jar', outcome: 'failure', reason: 'not-found', target: '/jars/absent' },
    { action: 'delete-jar', outcome: 'accepted', reason: '', target: '/jars/slow' },
    {
      service: 'jar',
      action: 'create-jar',
      outcome: 'success',
      target: '/jars/id-of-one',
      user: { id: 'user-1', name: 'user-1', domain_id: 'default' },
      project_id: 'p1',
      source: '127.0.0.1',
      request_id: made.headers['x-openstack-request-id'],
    },
  ]);
});

it('leaves no trace of what was sent', async () => {
  await using api = await serve();
  await api.post('/jar/jars', create);
  await api.post('/jar/jars', { as: owner, body: { name: 'one', hidden: 'a very open secret' } });
  const { text } = await api.get('/audit/v1/records', { as: owner });
  expect(text).toContain('create-jar');
  expect(text).not.toContain('open secret');
});

it('remembers what was refused to somebody who is known, and passes over strangers and readers', async () => {
  await using api = await serve();
  const reader = aCaller('p1', ['reader']);
  expect((await api.post('/jar/jars', { as: reader, body: { name: 'one' } })).status).toBe(403);
  expect((await api.post('/jar/jars', { body: { name: 'one' } })).status).toBe(401);
  await api.get('/jar/jars', { as: owner });
  const { body } = await api.get('/audit/v1/records', { as: reader });
  expect(body.records).toMatchObject([
    { action: 'create-jar', outcome: 'denied', reason: 'PolicyNotAuthorized' },
  ]);
});

it("shows a project's readers their own, and administrators all", async () => {
  await using api = await serve();
  await api.post('/jar/jars', create);
  await api.post('/jar/jars', { as: aCaller('p2'), body: { name: 'other' } });
  const targets = async (url: string, as = owner) =>
    (await api.get(url, { as })).body.records.map(({ target }: { target: string }) => target);
  expect(await targets('/audit/v1/records')).toEqual(['/jars/id-of-one']);
  expect(await targets('/audit/v1/records?all_projects=true', anAdmin())).toHaveLength(2);
  expect(await targets('/audit/v1/records?all_projects=true&project_id=p2', anAdmin())).toEqual([
    '/jars/id-of-other',
  ]);
  for (const query of ['project_id=p2', 'all_projects=true'])
    expect((await api.get(`/audit/v1/records?${query}`, { as: owner })).status).toBe(403);
});

it('pages, newest first, and filters', async () => {
  await using api = await serve();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await api.post('/jar/jars', { as: owner, body: { name } });
  await api.delete('/jar/jars/a', { as: owner });
  const seen: string[] = [];
  let marker = '';
  do {
    const { body } = await api.get(`/audit/v1/records?limit=2${marker}`, { as: owner });
    seen.push(...body.records.map(({ id }: { id: string }) => id));
    marker = body.next === null ? '' : `&marker=${body.next}`;
  } while (marker !== '');
  expect(new Set(seen).size).toBe(6);
  const count = async (query: string) =>
    (await api.get(`/audit/v1/records?${query}`, { as: owner })).body.records.length;
  expect(await count('action=delete-jar')).toBe(1);
  expect(await count('target=id-of-c')).toBe(1);
  expect(await count('outcome=denied')).toBe(0);
  expect(await count('since=2100-01-01T00:00:00Z')).toBe(0);
  expect(await count('until=2100-01-01T00:00:00Z')).toBe(6);
});

it('refuses what it does not know', async () => {
  await using api = await serve();
  const status = async (query: string) => (await api.get(`/audit/v1/records?${query}`, { as: owner })).status;
  for (const query of [
    'marker=none',
    'limit=0',
    'limit=1001',
    'outcome=maybe',
    'since=yesterday',
    'colour=red',
  ])
    expect(await status(query), query).toBe(400);
});
