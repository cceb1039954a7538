import { afterAll, beforeAll, expect, it } from 'vitest';
import { anAdmin } from '#test/support/api.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

/** What came and went with versions, by the history of Zun's API. */
const as = anAdmin();
let cloud: ContainerApi;
let id: string;

beforeAll(async () => {
  cloud = await serveContainers();
  id = (await cloud.call('POST', '/containers?run=true', { as, body: { image: 'hello' } })).body.uuid;
  await cloud.settle();
});
afterAll(() => cloud[Symbol.asyncDispose]());

const ask = (version: string, method: string, path: string, body?: object) =>
  cloud.call(method, path.replace('ID', id), {
    as,
    headers: { 'openstack-api-version': `container ${version}` },
    ...(body && { body }),
  });
const before = (version: string): string => `1.${Number(version.slice(2)) - 1}`;
const after = (version: string): string => `1.${Number(version.slice(2)) + 1}`;

it.each([
  ['GET', '/hosts', '1.4'],
  ['GET', '/hosts/node-1', '1.4'],
  ['POST', '/containers/ID/network_detach?network=nothing', '1.6'],
  ['POST', '/containers/ID/network_attach?network=nothing', '1.8'],
  ['GET', '/containers/ID/network_list', '1.13'],
  ['POST', '/containers/ID/resize_container', '1.19'],
  ['GET', '/quotas/p1', '1.26'],
  ['GET', '/quotas/p1/defaults', '1.26'],
  ['GET', '/quota_classes/default', '1.26'],
  ['DELETE', '/networks/nothing', '1.27'],
  ['GET', '/registries', '1.30'],
])('%s %s is there since %s', async (method, path, since) => {
  expect((await ask(before(since), method, path)).status).toBe(406);
  expect((await ask(since, method, path)).status).not.toBe(406);
  expect((await ask('1.40', method, path)).status).not.toBe(406);
});

it.each([
  ['POST', '/containers/ID/rename?name=other', '1.13'],
  ['POST', '/containers/ID/add_security_group?name=nothing', '1.14'],
  ['POST', '/containers/ID/remove_security_group?name=nothing', '1.14'],
])('%s %s is there until %s', async (method, path, until) => {
  expect((await ask(until, method, path)).status).not.toBe(406);
  expect((await ask(after(until), method, path)).status).toBe(406);
});

it.each(['/containers', '/images', '/images/hello/search', '/services', '/availability_zones', '/capsules'])(
  'GET %s is there from the first version on',
  async (path) => {
    expect((await ask('1.1', 'GET', path)).status).toBe(200);
  },
);

it.each([
  ['nets', [], '1.2'],
  ['auto_remove', false, '1.3'],
  ['runtime', 'crun', '1.5'],
  ['hostname', 'web', '1.9'],
  ['mounts', [], '1.11'],
  ['privileged', false, '1.21'],
  ['healthcheck', {}, '1.22'],
  ['exposed_ports', {}, '1.24'],
  ['registry', null, '1.31'],
  ['host', 'node-1', '1.39'],
  ['entrypoint', ['/bin/sh'], '1.40'],
])('the field %s of a new container (%o) is taken since %s', async (field, value, since) => {
  const create = (version: string) => ask(version, 'POST', '/containers', { image: 'hello', [field]: value });
  expect((await create(before(since))).status).toBe(400);
  expect((await create(since)).status).toBe(202);
});

it.each([
  ['/hosts/node-1', 'enable_cpu_pinning', '1.29'],
  ['/containers/ID/container_actions', 'finish_time', '1.33'],
])('what %s shows has %s since %s', async (path, field, since) => {
  const shown = async (version: string) => (await ask(version, 'GET', path)).text;
  expect(await shown(before(since))).not.toContain(field);
  expect(await shown(since)).toContain(field);
});

it.each(['/services', '/availability_zones', '/images', '/hosts'])(
  'GET %s refuses what it does not know',
  async (path) => {
    expect((await ask('1.40', 'GET', `${path}?colour=red`)).status).toBe(400);
  },
);

it('a container is renamed by a call of its own until 1.13, and by a change since', async () => {
  const { status, body } = await ask('1.13', 'POST', '/containers/ID/rename', { name: 'renamed' });
  expect([status, body.name]).toEqual([200, 'renamed']);
  expect((await ask('1.13', 'POST', '/containers/ID/rename?name=-')).status).toBe(400);
  expect((await ask('1.14', 'PATCH', '/containers/ID', { name: 'again' })).body.name).toBe('again');
});
