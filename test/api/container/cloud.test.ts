import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const admin = anAdmin();
let cloud: ContainerApi;

beforeAll(async () => {
  cloud = await serveContainers();
});
afterAll(() => cloud[Symbol.asyncDispose]());

const at = (version: string) => ({ 'openstack-api-version': `container ${version}` });

describe('discovery', () => {
  it('needs no token and links to where the caller came from', async () => {
    const root = await cloud.api.get('/container/', { headers: { 'x-forwarded-proto': 'https' } });
    expect(root.status).toBe(200);
    expect(root.body.versions).toMatchObject([
      { id: 'v1', status: 'CURRENT', max_version: '1.40', min_version: '1.1' },
    ]);
    expect(root.body.default_version.links[0].href).toBe('https://cloud.test/container/v1/');
    const v1 = await cloud.api.get('/container/v1/');
    expect(v1.body.containers[1]).toEqual({
      rel: 'bookmark',
      href: 'http://cloud.test/container/containers/',
    });
  });

  it('negotiates the microversion and says what it is', async () => {
    const list = (version?: string) =>
      cloud.api.get('/container/v1/containers', {
        as,
        headers: version === undefined ? {} : { 'openstack-api-version': version },
      });
    expect((await list()).headers).toMatchObject({
      'openstack-api-version': 'container 1.1',
      'openstack-api-minimum-version': 'container 1.1',
      'openstack-api-maximum-version': 'container 1.40',
      vary: 'OpenStack-API-Version',
    });
    expect((await list('container latest')).headers['openstack-api-version']).toBe('container 1.40');
    for (const wrong of ['container 1.41', 'container 0.9', 'container x', '1.40'])
      expect((await list(wrong)).status).toBe(406);
  });
});

describe('hosts and services', () => {
  it('are the nodes, for administrators', async () => {
    const { hosts, next } = (await cloud.call('GET', '/hosts/', { as: admin })).body;
    expect(next).toBeNull();
    expect(hosts).toMatchObject([
      {
        hostname: 'node-1',
        mem_total: 2048,
        cpus: 2,
        disk_total: 20,
        total_containers: 0,
        enable_cpu_pinning: false,
      },
    ]);
    const one = await cloud.call('GET', '/hosts/node-1', { as: admin, headers: at('1.28') });
    expect(one.body.uuid).toBe(hosts[0].uuid);
    expect(one.body).not.toHaveProperty('enable_cpu_pinning');
    const { services } = (await cloud.call('GET', '/services/', { as: admin })).body;
    expect(services).toMatchObject([
      { id: 1, host: 'node-1', binary: 'zun-compute', state: 'up', disabled: false },
    ]);
  });

  it('are refused to others, in old versions and where there is none', async () => {
    for (const path of ['/hosts', '/hosts/node-1', '/services'])
      expect((await cloud.call('GET', path, { as })).status).toBe(403);
    expect((await cloud.call('GET', '/hosts', { as: admin, headers: at('1.3') })).status).toBe(406);
    expect((await cloud.call('GET', '/hosts/nowhere', { as: admin })).status).toBe(404);
    expect((await cloud.call('GET', '/hosts?marker=nowhere', { as: admin })).status).toBe(404);
    expect((await cloud.call('GET', '/hosts?sort_key=colour', { as: admin })).status).toBe(400);
  });
});

describe('zones and images', () => {
  it('are found by anybody', async () => {
    expect((await cloud.call('GET', '/availability_zones/', { as })).body).toEqual({
      availability_zones: [{ availability_zone: 'nova' }],
      next: null,
    });
    const found = await cloud.call('GET', '/images/hel/search?exact_match=False', { as });
    expect(found.body).toMatchObject([{ name: 'hello', status: 'active', tags: [], metadata: {} }]);
    expect((await cloud.call('GET', '/images/hel/search?exact_match=True', { as })).body).toEqual([]);
    expect((await cloud.call('GET', '/images/hel/search?image_driver=floppy', { as })).status).toBe(400);
  });
});

describe('quotas', () => {
  const quota = (method: string, path: string, call: object = {}) =>
    cloud.call(method, `/quotas/p1${path}`, { as: admin, ...call });

  it('are shown, changed by administrators, and reset', async () => {
    const defaults = { containers: 40, memory: 51200, cpu: 20, disk: 100 };
    expect((await quota('GET', '')).body).toEqual(defaults);
    const changed = await quota('PUT', '', { body: { containers: '5', cpu: -1, memory: null } });
    expect(changed.body).toEqual({ ...defaults, containers: 5, cpu: -1 });
    expect((await quota('GET', '/defaults')).body).toEqual(defaults);
    expect((await quota('GET', '?usages=true')).body.containers).toEqual({ limit: 5, in_use: 0 });
    const reset = await quota('DELETE', '');
    expect([reset.status, reset.text]).toEqual([200, 'null']);
    expect((await quota('GET', '')).body).toEqual(defaults);
  });

  it('are not for strangers to see, nor for their owners to change', async () => {
    expect((await quota('GET', '', { as })).status).toBe(200);
    expect((await quota('GET', '', { as: aCaller('p2') })).status).toBe(403);
    expect((await quota('PUT', '', { as, body: { cpu: 1 } })).status).toBe(403);
    for (const body of [{ cpu: -2 }, { cpu: 'x' }, { colour: 1 }])
      expect((await quota('PUT', '', { body })).status).toBe(400);
    expect((await quota('GET', '', { headers: at('1.25') })).status).toBe(406);
  });

  it('limit what is created; what was not asked for does not count', async () => {
    await quota('PUT', '', { body: { containers: 2, memory: 600 } });
    const create = (body: object = {}) =>
      cloud.call('POST', '/containers', { as, body: { image: 'hello', ...body } });
    expect((await create()).status).toBe(202);
    const refused = await create({ memory: 512 });
    expect(refused.status).toBe(403);
    expect(refused.body.errors[0]).toMatchObject({ code: 'container.quota-exceeded', status: 403 });
    expect((await create()).status).toBe(202);
    expect((await create()).status).toBe(403);
  });
});
