import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aCaller } from '#test/support/api.ts';
import { fakeNetwork, fakePort } from '#test/support/fake-ports.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const at = (version: string) => ({ 'openstack-api-version': `container ${version}` });
const OWN = '11111111-2222-4333-8444-555555555555';
let cloud: ContainerApi;
let id: string;
let first: string;
let second: string;

beforeEach(async () => {
  cloud = await serveContainers();
  const outside = fakeNetwork('outside', { external: true });
  cloud.networks.networks.push(fakeNetwork('second'), outside);
  [first = '', second = ''] = cloud.networks.networks.map((network) => network.id);
  cloud.networks.groups.set('web', 'group-web');
  const body = { image: 'hello', name: 'web' };
  id = (await cloud.call('POST', '/containers?run=true', { as, body })).body.uuid;
  await cloud.settle();
});
afterEach(() => cloud[Symbol.asyncDispose]());

const act = (verb: string, headers = {}) => cloud.call('POST', `/containers/${id}/${verb}`, { as, headers });
const show = async () => (await cloud.call('GET', `/containers/${id}`, { as })).body;
const networks = async (headers = {}) =>
  (await cloud.call('GET', `/containers/${id}/network_list`, { as, headers })).body.networks;
const actions = async () =>
  (await cloud.call('GET', `/containers/${id}/container_actions`, { as })).body.containerActions;

/** From now on the network answers when it is let. @returns what lets it */
function holdNetwork(verb: 'attachPorts' | 'setSecurityGroups'): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const real = cloud.networks[verb].bind(cloud.networks) as (...given: unknown[]) => Promise<never>;
  cloud.networks[verb] = async (...given: unknown[]) => {
    await promise;
    return real(...given);
  };
  return resolve;
}

describe('a container that runs', () => {
  it('is plugged into one more network, by name, and out of it again', async () => {
    const letGo = holdNetwork('attachPorts');
    const attached = await act('network_attach?network=second&fixed_ip=10.1.0.9');
    expect([attached.status, attached.text]).toEqual([200, 'null']);
    expect((await show()).task_state).toBe('network_attaching');
    letGo();
    await cloud.settle();
    expect(await show()).toMatchObject({ status: 'Running', task_state: null });
    expect((await show()).addresses[second]).toMatchObject([
      { addr: '10.1.0.9', version: 4, preserve_on_delete: false },
    ]);
    expect((await networks()).map(({ net_id }: { net_id: string }) => net_id)).toEqual([first, second]);
    expect(cloud.node.container(id)?.spec.portIds).toHaveLength(2);

    const detached = await act('network_detach?network=second');
    expect([detached.status, detached.text]).toEqual([202, 'null']);
    await cloud.settle();
    expect(Object.keys((await show()).addresses)).toEqual([first]);
    expect(cloud.networks.ports.size).toBe(1);
    expect((await actions()).slice(0, 2)).toMatchObject([
      { action: 'network_detach', message: null, finish_time: expect.any(String) },
      { action: 'network_attach', message: null, finish_time: expect.any(String) },
    ]);
    expect(cloud.events).toEqual(
      expect.arrayContaining([
        'container.container.network_attached',
        'container.container.network_detached',
      ]),
    );
  });

  it('is lent a port of the user, which outlives it', async () => {
    cloud.networks.ports.set(OWN, fakePort(OWN, { networkId: second, preserved: true }));
    await act(`network_attach?port=${OWN}`);
    await cloud.settle();
    expect(cloud.networks.ports.get(OWN)).toMatchObject({ deviceId: id, host: 'node-1' });
    await act(`network_detach?port=${OWN}`);
    await cloud.settle();
    expect(cloud.networks.ports.get(OWN)).toMatchObject({ deviceId: '', host: '' });
    await act(`network_attach?port=${OWN}`);
    await cloud.settle();
    await cloud.call('DELETE', `/containers/${id}?stop=true`, { as });
    await cloud.settle();
    expect([...cloud.networks.ports.keys()]).toEqual([OWN]);
  });

  it('lists its networks by address until 1.17 and by port since', async () => {
    const [byPort] = await networks();
    const [byAddress] = await networks(at('1.13'));
    const [address] = byPort.fixed_ips;
    expect(byAddress).toEqual({ net_id: first, port_id: byPort.port_id, ...address });
  });

  it('is put into a security group and taken out, until 1.14', async () => {
    expect((await act('add_security_group?name=web')).status).toBe(406);
    const letGo = holdNetwork('setSecurityGroups');
    const added = await act('add_security_group?name=web', at('1.14'));
    expect([added.status, added.text]).toEqual([202, 'null']);
    expect((await show()).task_state).toBe('sg_adding');
    letGo();
    await cloud.settle();
    expect((await show()).security_groups).toContain('group-web');
    expect((await act('add_security_group?name=web', at('1.14'))).status).toBe(400);
    expect((await act('remove_security_group?name=web', at('1.14'))).status).toBe(202);
    await cloud.settle();
    expect((await show()).security_groups).not.toContain('group-web');
    expect((await act('remove_security_group?name=web', at('1.14'))).status).toBe(400);
    expect((await act('add_security_group?name=nobody', at('1.14'))).status).toBe(404);
    expect((await act('add_security_group', at('1.14'))).status).toBe(400);
  });
});

describe('exposed ports', () => {
  const create = (body: object, headers = {}) =>
    cloud.call('POST', '/containers?run=true', { as, body: { image: 'hello', ...body }, headers });

  it('are open to everybody by a group of the container, and closed with it', async () => {
    const made = await create({ exposed_ports: { '8080': {}, '53/udp': {} } });
    expect(made.body.ports).toEqual([53, 8080].toSorted((a, b) => b - a));
    await cloud.settle();
    const group = `zun-${made.body.uuid}`;
    expect(cloud.networks.open.get(group)).toEqual([
      { protocol: 'tcp', port: 8080 },
      { protocol: 'udp', port: 53 },
    ]);
    const shown = (await cloud.call('GET', `/containers/${made.body.uuid}`, { as })).body;
    expect(shown).toMatchObject({
      security_groups: [cloud.networks.groups.get(group)],
      ports: [80, 8080, 53],
    });
    await cloud.call('DELETE', `/containers/${made.body.uuid}?stop=true`, { as });
    await cloud.settle();
    expect(cloud.networks.open.size).toBe(0);
  });

  it.each([
    [{ exposed_ports: { '80/sctp': {} } }],
    [{ exposed_ports: { '70000': {} } }],
    [{ exposed_ports: { '0': {} } }],
    [{ exposed_ports: { http: {} } }],
    [{ exposed_ports: { '80': { host: 1 } } }],
    [{ exposed_ports: { '80': {} }, security_groups: ['web'] }],
  ])('%j is refused', async (body) => {
    expect((await create(body)).status).toBe(400);
  });

  it('go with an empty list of groups, and are not there before 1.24', async () => {
    expect((await create({ exposed_ports: { '80': {} }, security_groups: [] })).status).toBe(202);
    expect((await create({ exposed_ports: {} }, at('1.23'))).status).toBe(400);
  });
});

describe('what cannot be', () => {
  it.each([
    ['network_attach', 400],
    ['network_attach?network=private', 400],
    [`network_attach?network=second&port=${OWN}`, 400],
    [`network_attach?port=${OWN}&fixed_ip=10.0.0.4`, 400],
    ['network_attach?network=second&fixed_ip=here', 400],
    ['network_attach?network=second&colour=red', 400],
    ['network_attach?network=nowhere', 404],
    [`network_attach?port=${OWN}`, 404],
    ['network_attach?network=outside', 403],
    ['network_detach', 400],
    ['network_detach?network=second', 400],
    ['network_detach?network=nowhere', 400],
    [`network_detach?port=${OWN}`, 400],
    ['network_detach?network=private&port=x', 400],
  ])('%s is answered with %i and changes nothing', async (verb, status) => {
    const before = JSON.stringify([await show(), [...cloud.networks.ports.values()]]);
    const answer = await act(verb);
    expect([answer.status, answer.body.errors[0].status]).toEqual([status, status]);
    await cloud.settle();
    expect(JSON.stringify([await show(), [...cloud.networks.ports.values()]])).toBe(before);
  });

  it('is a port that something else has', async () => {
    cloud.networks.ports.set(OWN, fakePort(OWN, { networkId: second, deviceId: 'a machine' }));
    const answer = await act(`network_attach?port=${OWN}`);
    expect([answer.status, answer.body.errors[0].code]).toEqual([400, 'container.port-in-use']);
  });

  it('is a second change while the first goes on', async () => {
    const letGo = holdNetwork('attachPorts');
    expect((await act('network_attach?network=second')).status).toBe(200);
    expect((await act('network_detach?network=private')).status).toBe(409);
    letGo();
    await cloud.settle();
    expect(await networks()).toHaveLength(2);
  });

  it('is a change of a container that no node has', async () => {
    cloud.placement.slots = 0;
    const lost = await cloud.call('POST', '/containers', { as, body: { image: 'hello' } });
    await cloud.settle();
    id = lost.body.uuid;
    for (const verb of ['network_attach?network=second', 'network_detach?network=private'])
      expect([400, 409]).toContain((await act(verb)).status);
  });

  it('is not told to strangers, and not there in versions before', async () => {
    const stranger = await cloud.call('POST', `/containers/${id}/network_attach?network=second`, {
      as: aCaller('p2'),
    });
    expect(stranger.status).toBe(404);
    expect((await act('network_attach?network=second', at('1.7'))).status).toBe(406);
    expect((await act('network_detach?network=private', at('1.5'))).status).toBe(406);
    expect((await act(`network_detach?port=${OWN}`, at('1.16'))).status).toBe(400);
  });
});

describe('a network that fails', () => {
  it('leaves the container as it was, and the record says why to administrators', async () => {
    cloud.networks.attachPorts = async () => {
      throw new TypeError('The test broke this.');
    };
    await act('network_attach?network=second');
    await cloud.settle();
    expect(await show()).toMatchObject({ status: 'Running', task_state: null });
    expect((await actions())[0]).toMatchObject({ action: 'network_attach', message: 'Error' });
    expect(cloud.networks.ports.size).toBe(1);
  });
});
