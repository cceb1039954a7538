import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller, serveApi, type TestApi } from '#test/support/api.ts';
import { conflict } from '../errors.ts';
import { formatMicroversion } from '../microversion.ts';
import { JsonText, Reply, route } from './route.ts';
import { defineService } from './service.ts';

const version = async ({ ctx }: { ctx: { microversion: { major: number; minor: number } } }) =>
  formatMicroversion(ctx.microversion);
const base = { status: 200, access: 'authenticated', summary: '' } as const;
const service = defineService({
  name: 'echo',
  prefix: '/echo',
  catalog: null,
  microversions: { word: 'echo', min: '1.1', max: '1.40' },
  faults: { status: { conflict: 418 }, body: (error, status) => ({ oops: { status, text: error.message } }) },
  policy: [],
  migrations: [],
  reconcilers: [],
  routes: [
    route({
      ...base,
      method: 'GET',
      url: '/v',
      name: 'old',
      until: '1.19',
      handle: async (call) => `old ${await version(call)}`,
    }),
    route({
      ...base,
      method: 'GET',
      url: '/v',
      name: 'new',
      since: '1.20',
      handle: async (call) => `new ${await version(call)}`,
    }),
    route({ ...base, method: 'GET', url: '/late', name: 'late', since: '1.30', handle: version }),
    route({ ...base, method: 'GET', url: '/base', name: 'base', handle: async (call) => call.base }),
    route({
      ...base,
      method: 'DELETE',
      url: '/none',
      name: 'none',
      status: 204,
      handle: async () => undefined,
    }),
    route({
      ...base,
      method: 'GET',
      url: '/text',
      name: 'text',
      handle: async () => new JsonText('{"as": "it is"}'),
    }),
    route({ ...base, method: 'POST', url: '/null', name: 'null', status: 202, handle: async () => null }),
    route({
      ...base,
      method: 'GET',
      url: '/conflict',
      name: 'conflict',
      handle: async () => Promise.reject(conflict('no')),
    }),
    route({
      ...base,
      method: 'GET',
      url: '/bug',
      name: 'bug',
      handle: async () => Promise.reject(new Error('secret path')),
    }),
    route({
      ...base,
      method: 'POST',
      url: '/things',
      name: 'thing',
      status: 201,
      query: Type.Object(
        { n: Type.Optional(Type.Integer()), on: Type.Optional(Type.Boolean()) },
        { additionalProperties: false },
      ),
      body: Type.Object({ name: Type.String({ maxLength: 5 }) }, { additionalProperties: false }),
      handle: async ({ query, body }) => new Reply({ query, body }, { headers: { location: '/x' } }),
    }),
  ],
});

let api: TestApi;
const as = aCaller('p1');
beforeAll(async () => {
  api = await serveApi({ rules: [], services: () => [service] });
});
afterAll(() => api[Symbol.asyncDispose]());
const at = (text: string) => ({ as, headers: { 'openstack-api-version': text } });

describe('microversions', () => {
  it('default to the minimum, follow latest, and are told in every answer', async () => {
    const plain = await api.get('/echo/v', { as });
    expect(plain.body).toBe('old 1.1');
    expect(plain.headers).toMatchObject({
      'openstack-api-version': 'echo 1.1',
      vary: 'OpenStack-API-Version',
    });
    expect((await api.get('/echo/v', at('echo latest'))).body).toBe('new 1.40');
    expect((await api.get('/echo/v', at('compute 2.1, echo 1.19'))).body).toBe('old 1.19');
  });

  it.each(['echo 1.41', 'echo 0.1', 'echo x', 'garbage'])('refuse %s with 406', async (text) => {
    const answer = await api.get('/echo/v', at(text));
    expect(answer.status).toBe(406);
    expect(answer.body.oops.text).toMatch(/1\.1 .*1\.40/);
  });

  it('hide calls that came later', async () => {
    expect((await api.get('/echo/late', at('echo 1.29'))).status).toBe(406);
    expect((await api.get('/echo/late', at('echo 1.30'))).status).toBe(200);
  });
});

describe('input', () => {
  const post = (body: unknown, url = '/echo/things') => api.post(url, { as, body });

  it('is converted in queries and strict in bodies', async () => {
    const answer = await post({ name: 'a' }, '/echo/things?n=3&on=True');
    expect(answer).toMatchObject({ status: 201, body: { query: { n: 3, on: true }, body: { name: 'a' } } });
    expect(answer.headers['location']).toBe('/x');
  });

  it.each([
    [{ name: 5 }, /name/],
    [{ name: 'toolong' }, /name/],
    [{ name: 'a', more: 1 }, /more/],
    [{}, /name/],
    [[], /body/],
  ])('%j is refused and named', async (body, text) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.oops.text).toMatch(text);
  });

  it('is refused when it is no JSON, of another type, or too large', async () => {
    const raw = (text: string, type: string) =>
      api.post('/echo/things', { as, body: Buffer.from(text), headers: { 'content-type': type } });
    expect((await raw('{', 'application/json')).status).toBe(400);
    expect((await raw('<a/>', 'application/xml')).status).toBe(415);
    expect((await raw(JSON.stringify({ name: 'x'.repeat(2 << 20) }), 'application/json')).status).toBe(413);
  });
});

describe('NUL', () => {
  it('is refused in a URL', async () => {
    const answer = await api.get('/echo/v?x=%00', { as });
    expect(answer.status).toBe(400);
    expect(answer.body.oops.text).toMatch(/NUL/);
  });

  it.each([
    [String.raw`{"name":"\u0000"}`, /NUL/],
    [String.raw`{"name":"\\\u0000"}`, /NUL/],
    [String.raw`{"name":"\\u0000"}`, /body name/],
  ])('is told from what only looks like it in the body %s', async (text, message) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await api.post('/echo/things', { as, body: Buffer.from(text), headers });
    expect(answer.status).toBe(400);
    expect(answer.body.oops.text).toMatch(message);
  });
});

describe('answers', () => {
  it('have the body and status that were promised', async () => {
    expect(await api.delete('/echo/none', { as })).toMatchObject({ status: 204, text: '' });
    expect(await api.post('/echo/null', { as })).toMatchObject({ status: 202, text: 'null' });
    expect(await api.get('/echo/text', { as })).toMatchObject({
      text: '{"as": "it is"}',
      headers: { 'content-type': expect.stringContaining('application/json') as string },
    });
  });

  it("word failures in the service's own form and keep internals to themselves", async () => {
    expect(await api.get('/echo/conflict', { as })).toMatchObject({
      status: 418,
      body: { oops: { text: 'no' } },
    });
    const bug = await api.get('/echo/bug', { as });
    expect(bug.status).toBe(500);
    expect(bug.text).not.toContain('secret path');
    expect((await api.get('/echo/nowhere', { as })).body.oops.status).toBe(404);
  });

  it('say which verbs there are', async () => {
    const answer = await api.put('/echo/none', { as });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('DELETE');
  });

  it('link to where the caller came in', async () => {
    const headers = { forwarded: 'proto=https;host="cloud.example"', 'x-forwarded-prefix': '/api' };
    expect((await api.get('/echo/base', { as, headers })).body).toBe('https://cloud.example/api/echo');
    expect((await api.get('/echo/base', { as, headers: { host: 'h:1' } })).body).toBe('http://h:1/echo');
  });
});

describe('a server that closes', () => {
  async function serve(handle: () => Promise<unknown>) {
    const called = Promise.withResolvers<void>();
    const routes = [
      route({
        ...base,
        access: 'public',
        method: 'GET',
        url: '/it',
        name: 'it',
        handle: () => (called.resolve(), handle()),
      }),
    ];
    const one = await serveApi({ rules: [], services: () => [{ ...service, routes }] });
    const answer = fetch(`${await one.listen()}/echo/it`);
    await called.promise;
    return { answer, close: () => one[Symbol.asyncDispose]() };
  }

  it('lets an answer under way come to its end', async () => {
    const late = Promise.withResolvers<string>();
    const { answer, close } = await serve(() => late.promise);
    const closed = close();
    late.resolve('done');
    expect(await (await answer).text()).toBe('"done"');
    await closed;
  });

  it('cuts off an answer without an end', async () => {
    const endless = new Readable({ read() {} });
    endless.push('a');
    const { answer, close } = await serve(async () => endless);
    const { body } = await answer;
    await close();
    await expect(new Response(body).text()).rejects.toThrow('terminated');
    await expect.poll(() => endless.destroyed).toBe(true);
  });
});
