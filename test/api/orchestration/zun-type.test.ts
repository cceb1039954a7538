import { afterEach, beforeEach, expect, it } from 'vitest';
import { CloudError } from '#kernel/errors.ts';
import type { Cloud } from '#services/orchestration/resources/resource-type.ts';
import { container } from '#services/orchestration/resources/zun/container.ts';
import type { JsonMap } from '#services/orchestration/template/json.ts';
import { aCaller } from '#test/support/api.ts';
import { keepsTheContract, Specimen } from '#test/support/type-bench.ts';
import { serveContainers, type ContainerApi } from '../container/container-api.ts';

const owner = aCaller('p1', ['admin', 'member', 'reader']);
let kit: ContainerApi;
let cloud: Cloud;

beforeEach(async () => {
  kit = await serveContainers();
  cloud = {
    async call({ service, method, path, query, body, microversion = '' }) {
      if (service === 'network')
        return { status: 200, headers: {}, body: { networks: kit.networks.networks } };
      const search = query ? `?${new URLSearchParams(query).toString()}` : '';
      const answer = await kit.call(method, `${path}${search}`, {
        as: owner,
        headers: { 'openstack-api-version': microversion },
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status === 404) throw new CloudError('not-found', answer.text);
      if (answer.status >= 400) throw new CloudError('bad-request', answer.text);
      return { status: answer.status, headers: {}, body: answer.body ?? null };
    },
  };
});
afterEach(() => kit[Symbol.asyncDispose]());

function specimen(properties: JsonMap): Specimen {
  const made = new Specimen(cloud, container, { image: 'hello', ...properties });
  made.passing = () => kit.settle();
  return made;
}

const show = async (id: string) => (await kit.call('GET', `/containers/${id}`, { as: owner })).body;

it('is run once, changed in place, taken away and missed', () =>
  keepsTheContract(specimen({ name: 'web', memory: 128 }), { name: 'shop', memory: 256 }));

it('is made as its properties say', async () => {
  const made = await specimen({
    name: 'web',
    command: `sh -c 'sleep 1000'`,
    cpu: 0.5,
    memory: 128,
    environment: { PORT: 80, ON: true },
    workdir: '/srv',
    labels: { tier: 'front' },
    image_pull_policy: 'ifnotpresent',
    image_driver: 'glance',
    restart_policy: 'on-failure:3',
    interactive: true,
    tty: true,
    hostname: 'web',
    security_groups: ['default'],
    networks: [{ network: 'private' }],
  }).create();
  expect(await show(made.id)).toMatchObject({
    name: 'web',
    command: ['sh', '-c', 'sleep 1000'],
    cpu: 0.5,
    memory: '128',
    environment: { PORT: '80', ON: 'True' },
    workdir: '/srv',
    labels: { tier: 'front' },
    image_driver: 'glance',
    restart_policy: { Name: 'on-failure', MaximumRetryCount: '3' },
    interactive: true,
    tty: true,
    hostname: 'web',
    status: 'Running',
  });
  const network = kit.networks.networks[0]?.id ?? '';
  const addresses = (await made.get('addresses')) as JsonMap;
  expect(addresses['private']).toEqual(addresses[network]);
  expect(await made.get('name')).toBe('web');
  expect(await made.get('show')).toMatchObject({ uuid: made.id });
});

it('leaves and joins networks where it is', async () => {
  const made = await specimen({ networks: [{ network: 'private' }] }).create();
  const joined = async () =>
    (await kit.call('GET', `/containers/${made.id}/network_list`, { as: owner })).body.networks;
  const [before] = await joined();
  await made.update({ networks: [] });
  await kit.settle();
  expect(await joined()).toEqual([]);
  await made.update({ networks: [{ network: 'private' }] });
  await kit.settle();
  await made.update({ networks: [{ network: 'private' }] });
  const after = await joined();
  expect(after.map((one: JsonMap) => one['net_id'])).toEqual([before.net_id]);
  expect(after[0].port_id).not.toBe(before.port_id);
});

it('has a name of its own where none is said', async () => {
  const made = await specimen({}).create();
  expect((await show(made.id)).name).toBe(made.name);
});

it.each<[JsonMap, string]>([
  [{ restart_policy: 'sometimes' }, 'restart_policy'],
  [{ image_pull_policy: 'maybe' }, 'image_pull_policy'],
  [{ mounts: [{ volume_size: 1 }] }, 'mount_path'],
  [{ mounts: [{ mount_path: '/data' }] }, 'volume_id'],
  [{ mounts: [{ mount_path: '/data', volume_id: 'v', volume_size: 1 }] }, 'volume_id'],
  [{ networks: [{}] }, 'One of the properties "port", "network"'],
  [
    { networks: [{ port: '9d3a1e0a-0000-4000-8000-000000000000', fixed_ip: '10.0.0.9' }] },
    'port and fixed_ip',
  ],
  [{ command: `echo 'open` }, 'not closed'],
  [{ image: 'nowhere' }, 'nowhere'],
])('refuses %j', async (properties, message) => {
  await expect(async () => specimen(properties).create()).rejects.toThrow(message);
});

it('is at rest when it runs, and when it has done what it had to', () => {
  const asked = (status: string, interactive = false) =>
    container.settled?.({
      ...({ properties: { interactive }, resource: { physicalId: 'c' } } as never as object),
      cloud: { call: async () => ({ status: 200, headers: {}, body: { status, status_reason: 'because' } }) },
    } as never);
  return Promise.all([
    expect(asked('Creating')).resolves.toBe(false),
    expect(asked('Created')).resolves.toBe(false),
    expect(asked('Running')).resolves.toBe(true),
    expect(asked('Stopped')).resolves.toBe(true),
    expect(asked('Stopped', true)).rejects.toThrow('because'),
    expect(asked('Error')).rejects.toThrow('because'),
    expect(asked('Unknown')).rejects.toThrow('Unknown'),
  ]);
});
