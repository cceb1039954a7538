import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TSchema } from 'typebox';
import type { Route } from '#kernel/http/route.ts';
import type { ContainerTables } from '#services/container/tables.ts';
import { anAdmin } from '#test/support/api.ts';
import { breaksOf } from '#test/support/schema-breaks.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

/** Each constraint of each schema, broken alone: refused in Zun's words, and nothing has changed. */
const as = anAdmin('p1');
const TABLES = [
  'container',
  'container_action',
  'container_registry',
  'container_quota',
  'container_quota_class',
  'container_network',
] as const satisfies readonly (keyof ContainerTables)[];

let cloud: ContainerApi;
let params: Readonly<Record<string, string>>;

beforeAll(async () => {
  cloud = await serveContainers();
  const make = (path: string, body: object) => cloud.call('POST', path, { as, body });
  const container = (await make('/containers?run=true', { image: 'hello', name: 'web' })).body.uuid;
  const registry = (await make('/registries', { registry: { domain: 'reg.test' } })).body.registry.uuid;
  await cloud.call('PUT', '/quotas/p1', { as, body: { disk: -1 } });
  await cloud.settle();
  const network = cloud.networks.networks[0]?.id ?? '';
  params = { container, registry, network, project: 'p1', host: 'node-1', class: 'default', image: 'hello' };
});
afterAll(() => cloud[Symbol.asyncDispose]());

/** All that the service has and has asked for. */
async function everything(): Promise<string> {
  const db = cloud.database.handle<ContainerTables>();
  const rows = [];
  for (const table of TABLES) rows.push(await db.selectFrom(table).selectAll().execute());
  const { networks, placement, node } = cloud;
  return JSON.stringify([rows, [...networks.ports], [...placement.claims], [...node.objects], node.asked]);
}

const pathOf = ({ url }: Route): string =>
  url.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? 'x');
const routes = () => cloud.routes.filter(({ name }) => !name.endsWith('-unversioned'));

interface Input {
  readonly query?: string;
  readonly body?: unknown;
}

const send = (route: Route, { query, body }: Input) =>
  cloud.api.call(route.method, `/container${pathOf(route)}${query === undefined ? '' : `?${query}`}`, {
    as,
    ...(body === undefined ? {} : { body }),
    headers: { 'openstack-api-version': `container ${route.until ?? '1.40'}` },
  });

/** @returns a line for each break that is not refused as Zun refuses. */
async function judge(route: Route, what: string, input: Input): Promise<string[]> {
  const { status, body } = await send(route, input);
  const [fault] = body?.errors ?? [];
  const isRefused = status === 400 && fault?.status === 400 && /^container\.[a-z-]+$/.test(fault.code);
  return isRefused ? [] : [`${route.name}: ${what}: ${status} ${JSON.stringify(body).slice(0, 120)}`];
}

const textOf = (value: unknown): string =>
  new URLSearchParams(
    Object.entries(value as Record<string, unknown>).map(([name, one]): [string, string] => [
      name,
      typeof one === 'string' ? one : JSON.stringify(one),
    ]),
  ).toString();

/** Of what is converted from text, a value is right when its text is. */
const acceptsText = (schema: TSchema) => (value: unknown) =>
  Value.Check(schema, Value.Convert(schema, Object.fromEntries(new URLSearchParams(textOf(value)))));

describe('a constraint that is broken', () => {
  it('in a body is refused', async () => {
    const before = await everything();
    const complaints: string[] = [];
    let count = 0;
    for (const route of routes())
      for (const { what, value } of route.body ? breaksOf(route.body) : []) {
        complaints.push(...(await judge(route, what, { body: value })));
        count += 1;
      }
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThan(120);
    expect(await everything()).toBe(before);
  });

  it('in a query is refused', async () => {
    const before = await everything();
    const complaints: string[] = [];
    let count = 0;
    for (const route of routes()) {
      const { query } = route;
      if (!query) continue;
      for (const { what, value } of breaksOf(query, acceptsText(query))) {
        complaints.push(...(await judge(route, what, { query: textOf(value) })));
        count += 1;
      }
    }
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThan(40);
    expect(await everything()).toBe(before);
  });

  it('in the parameters of an action is refused, in the query as in the body', async () => {
    const before = await everything();
    const complaints: string[] = [];
    let count = 0;
    for (const route of routes()) {
      const { parameters } = route;
      if (!parameters) continue;
      for (const { what, value } of breaksOf(parameters, acceptsText(parameters))) {
        complaints.push(...(await judge(route, what, { query: textOf(value) })));
        if (route.method !== 'GET') complaints.push(...(await judge(route, what, { body: value })));
        count += 1;
      }
    }
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThan(40);
    expect(await everything()).toBe(before);
  });

  it.each([
    ['name', ['ab', 'a.b-c_d', null], ['a', 'x'.repeat(256), '-ab', 'a b']],
    ['cpu', [0.1, '0.1', 16, '16'], [0.09, '0.09', 16.1, '17', -1, 'one']],
    ['memory', [4, '4', 8192, '8192'], [3, '3', 8193, '8193', 4.5, '4.5', '512M']],
    ['disk', [1, '1', 160, null], [0, '0', 161, '161', 1.5, 'big']],
    ['command', [['a'], null, []], ['a b', [1]]],
    ['entrypoint', [['a'], null], ['a', [1]]],
    ['image_pull_policy', ['never', 'Always', 'IfNotPresent'], ['sometimes', 'NEVER', '']],
    ['image_driver', ['glance', 'None', null], ['floppy', '']],
    [
      'restart_policy',
      [{ Name: 'on-failure', MaximumRetryCount: '3' }],
      [{ Name: 'x' }, { Name: 'always', MaximumRetryCount: 1 }, {}, 'no'],
    ],
    ['interactive', [true, 'True', 'false', 'on', '0'], ['perhaps', 2, []]],
    ['hostname', ['a.b_c-d', 'x'.repeat(63)], ['', 'a b', 'x'.repeat(64)]],
    ['availability_zone', ['nova', null], ['', 'x'.repeat(256)]],
    ['nets', [[], null], [[{}], [{ network: 'private', port: 'x' }], [{ network: 'private', speed: 1 }], {}]],
    ['hints', [{ 'label:rack': '1' }, {}], [{ a: 1 }, []]],
    ['environment', [{ A: 'b' }, {}, null], [{ A: 1 }, { A: null }, []]],
    ['labels', [{ a: 'b' }], [{ a: 1 }, 'a=b']],
    [
      'exposed_ports',
      [{ '80': {} }, { '53/udp': {} }],
      [{ '80/sctp': {} }, { '65536': {} }, { http: {} }, ['80']],
    ],
    ['cpu_policy', ['shared', null], ['own']],
  ] as const)('by the table of create’s fields: %s', async (field, good, bad) => {
    const create = (value: unknown) =>
      cloud.call('POST', '/containers', { as, body: { image: 'hello', [field]: value } });
    for (const value of bad)
      expect([field, value, (await create(value)).status]).toEqual([field, value, 400]);
    for (const value of good) {
      const made = await create(value);
      expect([field, value, made.status]).toEqual([field, value, 202]);
      await cloud.settle();
      await cloud.call('DELETE', `/containers/${made.body.uuid}?force=true`, { as });
      await cloud.settle();
    }
  });
});

describe('what clients send out of habit', () => {
  it.each([
    ['GET', '//containers//:id'],
    ['GET', '/containers/:id/'],
    ['POST', '/containers//:id//start'],
    ['GET', '/hosts/'],
    ['GET', '/services/'],
    ['GET', '/availability_zones/'],
  ])('%s %s is taken as it is meant', async (method, path) => {
    const answer = await cloud.call(method, path.replace(':id', params['container'] ?? ''), { as });
    expect([200, 202, 409]).toContain(answer.status);
  });

  it('may be a body of null, of JSON’s type without length, or bytes with a DELETE', async () => {
    const nothing = await cloud.call('POST', `/containers/${params['container']}/stop`, { as, body: null });
    expect([202, 409]).toContain(nothing.status);
    const headers = { 'content-type': 'application/json' };
    const get = await cloud.call('GET', '/images/hel/search?exact_match=False', { as, headers });
    expect(get.status).toBe(200);
    const octets = { 'content-type': 'application/octet-stream', accept: '*/*' };
    expect((await cloud.call('DELETE', '/containers/nobody', { as, headers: octets })).status).toBe(404);
  });
});
