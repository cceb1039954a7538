import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { fakeImage } from '#test/support/fake-ports.ts';
import { FileServer } from '#test/support/file-server.ts';
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

it('says without a token that it is healthy', async () => {
  const answer = await cloud.api.get('/container/healthcheck');
  expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
    200,
    'OK',
    'text/plain; charset=utf-8',
  ]);
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

describe('the service of a node', () => {
  const compute = { host: 'node-1', binary: 'zun-compute' };
  const put = (verb: string, parameters: object, as = admin) =>
    cloud.call('PUT', `/services/${verb}?${new URLSearchParams({ ...parameters }).toString()}`, { as });
  const listed = async () => (await cloud.call('GET', '/services', { as: admin })).body.services[0];

  it('is disabled with a reason, and enabled', async () => {
    const disabled = await put('disable', { ...compute, disabled_reason: 'repair' });
    const said = { ...compute, disabled: true, disabled_reason: 'repair' };
    expect([disabled.status, disabled.body]).toEqual([200, { service: said }]);
    expect(await listed()).toMatchObject({ ...said, state: 'up' });
    const enabled = await put('enable', compute);
    expect(enabled.body).toEqual({ service: { ...compute, disabled: false, disabled_reason: null } });
    expect(await listed()).toMatchObject({ disabled: false, disabled_reason: null });
  });

  it('is forced down by query or body, and let up again', async () => {
    expect((await put('force_down', compute)).body).toEqual({ service: { ...compute, forced_down: true } });
    expect(await listed()).toMatchObject({ state: 'down', forced_down: true });
    const body = { ...compute, forced_down: 'False' };
    const up = await cloud.call('PUT', '/services/force_down', { as: admin, body });
    expect(up.body).toEqual({ service: { ...compute, forced_down: false } });
    expect(await listed()).toMatchObject({ state: 'up', forced_down: false });
  });

  it('is deleted; one that is there is as new', async () => {
    await put('disable', compute);
    const query = new URLSearchParams(compute).toString();
    const deleted = await cloud.call('DELETE', `/services?${query}`, { as: admin });
    expect([deleted.status, deleted.text]).toEqual([200, 'null']);
    expect(await listed()).toMatchObject({ disabled: false });
  });

  it('is not for users, and must be one that there is', async () => {
    for (const verb of ['enable', 'disable', 'force_down']) {
      expect((await put(verb, compute, as)).status).toBe(403);
      expect((await put(verb, { ...compute, host: 'nowhere' })).status).toBe(404);
      expect((await put(verb, { ...compute, binary: 'zun-api' })).status).toBe(404);
      for (const wrong of [{}, { host: 'node-1' }, { ...compute, colour: 'red' }])
        expect((await put(verb, wrong)).status).toBe(400);
    }
    expect((await put('force_down', { ...compute, forced_down: 'perhaps' })).status).toBe(400);
    expect((await cloud.call('DELETE', '/services?host=node-1', { as: admin })).status).toBe(400);
    expect((await cloud.call('DELETE', '/services?host=a&binary=b', { as: admin })).status).toBe(404);
    expect((await cloud.call('DELETE', '/services?host=node-1&binary=zun-compute', { as })).status).toBe(403);
  });
});

describe('networks', () => {
  it('are told of and forgotten, by administrators', async () => {
    const [network] = cloud.networks.networks;
    const create = (body: object, who = admin) => cloud.call('POST', '/networks', { as: who, body });
    const made = await create({ name: 'private' });
    const known = { name: 'private', neutron_net_id: network?.id, network_id: network?.id };
    expect([made.status, made.body]).toMatchObject([200, { ...known, project_id: 'admin-project' }]);
    expect((await create({ name: 'again', neutron_net_id: network?.id })).status).toBe(409);
    expect((await create({ name: 'nowhere' })).status).toBe(404);
    for (const body of [{}, { name: 'x' }, { name: 'net', colour: 1 }])
      expect((await create(body)).status).toBe(400);
    expect((await create({ name: 'private' }, as)).status).toBe(403);
    const forget = (headers = {}) => cloud.call('DELETE', `/networks/${network?.id}`, { as: admin, headers });
    expect((await forget(at('1.26'))).status).toBe(406);
    expect((await cloud.call('DELETE', `/networks/${network?.id}`, { as })).status).toBe(403);
    expect([(await forget()).status, (await forget()).status]).toEqual([204, 404]);
  });
});

describe('zones and images', () => {
  it('of nodes are named by a label', async () => {
    cloud.node.labels = { availability_zone: 'cellar' };
    const { body } = await cloud.call('GET', '/availability_zones', { as });
    expect(body.availability_zones).toEqual([{ availability_zone: 'cellar' }]);
    const { services } = (await cloud.call('GET', '/services', { as: admin })).body;
    expect(services[0].availability_zone).toBe('cellar');
    cloud.node.labels = {};
  });

  it('are found by anybody', async () => {
    expect((await cloud.call('GET', '/availability_zones/', { as })).body).toEqual({
      availability_zones: [{ availability_zone: 'nova' }],
      next: null,
    });
    const found = await cloud.call('GET', '/images/hel/search?exact_match=False', { as });
    expect(found.body).toMatchObject([{ name: 'hello', status: 'active', tags: [], metadata: {} }]);
    expect((await cloud.call('GET', '/images/hel/search?exact_match=True', { as })).body).toEqual([]);
    cloud.images.images.push(fakeImage('team/app/web'));
    for (const path of ['team/app', 'app/web', 'team/app/web', 'team%2Fapp'])
      expect((await cloud.call('GET', `/images/${path}/search`, { as })).body).toMatchObject([
        { name: 'team/app/web' },
      ]);
    expect((await cloud.call('GET', '/images/hel/search?image_driver=floppy', { as })).status).toBe(400);
  });
});

describe('registries', () => {
  const repositories = ['web', 'team/web', 'other'];
  async function searched(path: string, registries = true) {
    await using server = await new FileServer().start();
    const domain = `127.0.0.1:${server.port}`;
    server.answers.set('/v2/_catalog', ({ url, headers }, response) => {
      if (headers.authorization !== 'Bearer granted') {
        const realm = `Bearer realm="${server.url('/token')}",service="here",scope="registry:catalog:*"`;
        response.writeHead(401, { 'www-authenticate': realm }).end();
        return;
      }
      const after = new URL(url ?? '', 'http://self').searchParams.get('last');
      const [page, next] =
        after === null
          ? [repositories.slice(0, 2), '</v2/_catalog?last=b>; rel="next"']
          : [repositories.slice(2), ''];
      response.writeHead(200, { ...(next && { link: next }) }).end(JSON.stringify({ repositories: page }));
    });
    server.answers.set('/token', ({ headers }, response) => {
      const known = headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
      response.end(JSON.stringify(known ? { token: 'granted' } : {}));
    });
    const login = { domain, username: 'me', password: 'secret' };
    const known = registries ? { registries: [{ domain, insecure: true }], defaultRegistry: domain } : {};
    await using own = await serveContainers({ ...known, logins: [login] });
    return await own.call('GET', `/images/${path.replace('DOMAIN', domain)}/search?image_driver=docker`, {
      as,
    });
  }

  it('are searched where the operator knows them, page by page', async () => {
    const { body } = await searched('web');
    const metadata = { is_official: false, star_count: 0 };
    expect(body).toEqual([
      { name: 'web', description: '', metadata },
      { name: 'team/web', description: '', metadata },
    ]);
    expect((await searched('DOMAIN/oth')).body).toMatchObject([{ name: 'other' }]);
  });

  it('that nobody but the caller knows are not asked', async () => {
    const named = await searched('DOMAIN/web', false);
    expect([named.status, named.text]).toEqual([400, expect.stringContaining('does not know the registry')]);
    expect((await searched('web', false)).status).toBe(400);
  });

  it('that do not answer are said to', async () => {
    const registries = [{ domain: '127.0.0.1:1', insecure: true }];
    await using own = await serveContainers({ registries });
    const answer = await own.call('GET', '/images/web/search?image_driver=docker', { as });
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('cannot be reached')]);
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

  it('come in classes: the default one is every project’s, others must have been set', async () => {
    const call = (method: string, name: string, body?: object, who = admin) =>
      cloud.call(method, `/quota_classes/${name}`, { as: who, ...(body && { body }) });
    const defaults = { containers: 40, memory: 51200, cpu: 20, disk: 100 };
    expect((await call('GET', 'default')).body).toEqual(defaults);
    expect((await call('GET', 'gold')).status).toBe(404);
    expect((await call('PUT', 'gold', { cpu: '99' })).body).toEqual({ ...defaults, cpu: 99 });
    expect((await call('GET', 'gold')).body.cpu).toBe(99);
    expect((await call('PUT', 'default', { disk: 7 })).status).toBe(200);
    expect((await quota('GET', '')).body).toEqual({ ...defaults, disk: 7 });
    expect((await quota('GET', '/defaults')).body).toEqual({ ...defaults, disk: 7 });
    await call('PUT', 'default', { disk: 100 });
    for (const body of [{ cpu: -2 }, { colour: 1 }])
      expect((await call('PUT', 'default', body)).status).toBe(400);
    for (const method of ['GET', 'PUT']) expect((await call(method, 'default', {}, as)).status).toBe(403);
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
