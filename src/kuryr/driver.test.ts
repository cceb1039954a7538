import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { conflict } from '#kernel/errors.ts';
import { Neutron } from '#src/openstack/neutron.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { FakeNeutron, type Thing } from '#test/support/fake-neutron.ts';
import type { Bindable, Binding } from './binding.ts';
import { IpamDriver } from './ipam-driver.ts';
import { dockerMethods, type Method } from './methods.ts';
import { RemoteNetworkDriver } from './network-driver.ts';

class FakeBinding implements Binding {
  readonly host = 'node-1';
  readonly bound = new Map<string, Bindable>();
  failure: Error | null = null;

  async bind(bindable: Bindable): Promise<void> {
    if (this.failure) throw this.failure;
    this.bound.set(bindable.port.id, bindable);
  }

  async unbind({ id }: { id: string }): Promise<void> {
    this.bound.delete(id);
  }
}

const N = '0123456789abcdef'.repeat(4);
const M = 'fedcba9876543210'.repeat(4);
const E = 'a'.repeat(32) + 'b'.repeat(32);
const MAC = '02:42:ac:11:00:02';
const V4 = '10.0.0.0/24';
const V6 = 'fd00::/64';

let neutron: FakeNeutron;
let binding: FakeBinding;
let methods: Readonly<Record<string, Method>>;

beforeEach(async () => {
  neutron = await FakeNeutron.start();
  binding = new FakeBinding();
  restart();
});
afterEach(() => neutron[Symbol.asyncDispose]());

/** A new plug-in over the same Neutron: nothing is remembered from before. */
function restart(): void {
  const client = new Neutron(new OpenStackSession({ access: neutron.access, clock: systemClock }));
  const network = new RemoteNetworkDriver({ neutron: client, binding });
  methods = dockerMethods({ network, ipam: new IpamDriver(client), scope: 'local' });
}

// A test looks into whatever came back.
// oxlint-disable-next-line typescript/no-explicit-any
const call = async (name: string, body: object = {}): Promise<any> =>
  methods[name]?.(body, new URLSearchParams());
const one = (collection: string): Thing => {
  const [only, other] = neutron.all(collection);
  if (!only || other) throw new Error(`There is not exactly one of ${collection}.`);
  return only;
};

interface Range {
  readonly cidr: string;
  readonly gateway?: string;
  readonly options?: object;
}

const pool = async ({ cidr, options = {} }: Range): Promise<string> => {
  const body = { AddressSpace: 'x', Pool: cidr, SubPool: '', V6: cidr.includes(':'), Options: options };
  return (await call('IpamDriver.RequestPool', body)).PoolID;
};

/** What dockerd does at `docker network create`. @returns the pools' ids */
async function createNetwork(id: string, ranges: readonly Range[], driver: object = {}): Promise<string[]> {
  const pools: string[] = [];
  const data: object[] = [];
  for (const range of ranges) {
    const PoolID = await pool(range);
    const Options = { RequestAddressType: 'com.docker.network.gateway' };
    const Address = range.gateway ?? '';
    const gateway = await call('IpamDriver.RequestAddress', { PoolID, Address, Options });
    pools.push(PoolID);
    data.push({ AddressSpace: 'x', Pool: range.cidr, Gateway: gateway.Address });
  }
  const isV6 = (range: Range) => range.cidr.includes(':');
  await call('NetworkDriver.CreateNetwork', {
    NetworkID: id,
    IPv4Data: data.filter((_, at) => !isV6(ranges[at] as Range)),
    IPv6Data: data.filter((_, at) => isV6(ranges[at] as Range)),
    Options: { 'com.docker.network.generic': driver, 'com.docker.network.enable_ipv6': false },
  });
  return pools;
}

const address = async (PoolID: string, Address = '', mac = MAC): Promise<string> => {
  const Options = { 'com.docker.network.endpoint.macaddress': mac };
  return (await call('IpamDriver.RequestAddress', { PoolID, Address, Options })).Address;
};

const endpoint = (given: object, EndpointID = E) =>
  call('NetworkDriver.CreateEndpoint', { NetworkID: N, EndpointID, Interface: given, Options: {} });
const ofEndpoint = (name: string, more: object = {}) =>
  call(`NetworkDriver.${name}`, { NetworkID: N, EndpointID: E, ...more });

/** What dockerd does at the end of a container. */
async function disconnect(addresses: readonly [poolId: string, address: string][]): Promise<void> {
  await ofEndpoint('Leave');
  await ofEndpoint('DeleteEndpoint');
  for (const [PoolID, taken] of addresses)
    await call('IpamDriver.ReleaseAddress', { PoolID, Address: taken.split('/')[0] });
}

async function removeNetwork(id: string, pools: readonly string[], gateway = '10.0.0.1'): Promise<void> {
  await call('NetworkDriver.DeleteNetwork', { NetworkID: id });
  for (const PoolID of pools) {
    await call('IpamDriver.ReleaseAddress', { PoolID, Address: gateway });
    await call('IpamDriver.ReleasePool', { PoolID });
  }
}

const counts = () =>
  Object.fromEntries([...neutron.things].map(([name, things]) => [name, things.length]).filter(([, n]) => n));

describe('a new network', () => {
  it('is a network, a subnet and a pool with the names and tags of Kuryr, and leaves nothing', async () => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4, gateway: '10.0.0.1' }]);
    expect(one('subnetpools')).toMatchObject({
      name: `kuryrPool-${V4}`,
      prefixes: [V4],
      default_prefixlen: 24,
    });
    expect(one('networks')).toMatchObject({
      name: 'kuryr-net-01234567',
      tags: [`kuryr.net.uuid.lh:${N.slice(0, 32)}`, `kuryr.net.uuid.uh:${N.slice(32)}`],
    });
    expect(one('subnets')).toMatchObject({
      name: `kuryr-subnet-${V4}`,
      tags: [poolId],
      gateway_ip: '10.0.0.1',
      subnetpool_id: poolId,
      ip_version: 4,
      enable_dhcp: true,
    });
    restart();
    await removeNetwork(N, [poolId]);
    expect(counts()).toEqual({});
  });

  it('gets the first address of its range as gateway when nobody says which', async () => {
    await createNetwork(N, [{ cidr: V4 }]);
    expect(one('subnets')['gateway_ip']).toBe('10.0.0.1');
  });

  it('is made once when dockerd asks again', async () => {
    await createNetwork(N, [{ cidr: V4 }]);
    restart();
    await createNetwork(N, [{ cidr: V4 }]);
    expect(counts()).toEqual({ networks: 1, subnets: 1, subnetpools: 1 });
  });

  it.each(['PUT /networks', 'POST /subnets', 'PUT /subnets'])(
    'leaves no network behind when %s fails',
    async (start) => {
      const PoolID = await pool({ cidr: V4 });
      neutron.failures.set(start, 500);
      await expect(createNetwork(N, [{ cidr: V4 }])).rejects.toThrow('Injected');
      await call('IpamDriver.ReleasePool', { PoolID });
      expect(counts()).toEqual({});
    },
  );

  it('takes its range from the operator’s default pool when none is given, which stays', async () => {
    neutron.make('subnetpools', { name: 'kuryr', prefixes: ['10.9.0.0/24'] });
    const body = { AddressSpace: 'x', Pool: '', SubPool: '', V6: false, Options: null };
    const { PoolID, Pool } = await call('IpamDriver.RequestPool', body);
    expect(Pool).toBe('10.9.0.0/24');
    await call('IpamDriver.ReleasePool', { PoolID });
    expect(counts()).toEqual({ subnetpools: 1 });
    await expect(call('IpamDriver.RequestPool', { ...body, V6: true })).rejects.toThrow('kuryr6');
  });

  it('uses the sub-pool where there is one', async () => {
    const body = { AddressSpace: 'x', Pool: '10.0.0.0/16', SubPool: V4, V6: false, Options: {} };
    expect(await call('IpamDriver.RequestPool', body)).toMatchObject({ Pool: V4 });
  });
});

describe('an existing network', () => {
  const net = 'neutron.net.name';

  it('is lent and given back with the user’s subnet', async () => {
    const mine = neutron.make('networks', { name: 'mine' });
    const subnet = neutron.make('subnets', { name: 'sub', network_id: mine.id, cidr: V4, ip_version: 4 });
    const options = { 'neutron.subnet.name': 'sub' };
    const pools = await createNetwork(N, [{ cidr: V4, options }], { [net]: 'mine', ...options });
    expect(mine.tags).toContain(`kuryr.net.existing:${N.slice(0, 12)}`);
    expect(subnet.tags).toEqual(pools);
    expect(one('subnetpools').tags).toEqual([subnet.id]);
    await removeNetwork(N, pools);
    expect(counts()).toEqual({ networks: 1, subnets: 1 });
    expect([mine.tags, subnet.tags]).toEqual([[], []]);
  });

  it('loses the subnet that Kuryr made in it, unless another host’s Docker has the network too', async () => {
    const mine = neutron.make('networks', { name: 'mine' });
    await createNetwork(N, [{ cidr: V4 }], { 'neutron.net.uuid': mine.id });
    const pools = await createNetwork(M, [{ cidr: V4 }], { 'neutron.net.uuid': mine.id });
    await call('NetworkDriver.DeleteNetwork', { NetworkID: N });
    expect(counts()).toMatchObject({ networks: 1, subnets: 1 });
    await removeNetwork(M, pools);
    expect(counts()).toEqual({ networks: 1 });
    expect(mine.tags).toEqual([]);
  });

  it('is refused when it is not there, not unique, or not shared as said', async () => {
    const wish = (driver: object) => createNetwork(N, [{ cidr: V4 }], driver);
    await expect(wish({ [net]: 'mine' })).rejects.toMatchObject({ kind: 'not-found' });
    neutron.make('networks', { name: 'mine' });
    await expect(wish({ [net]: 'mine', 'neutron.net.shared': 'true' })).rejects.toMatchObject({
      kind: 'conflict',
    });
    neutron.make('networks', { name: 'mine' });
    await expect(wish({ [net]: 'mine' })).rejects.toMatchObject({ kind: 'conflict' });
    await expect(wish({ 'neutron.net.shared': 'perhaps' })).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('shows the gateway that its subnet has, and refuses another', async () => {
    const mine = neutron.make('networks', { name: 'mine' });
    neutron.make('subnets', { name: 'sub', network_id: mine.id, cidr: V4, ip_version: 4 });
    const PoolID = await pool({ cidr: V4, options: { 'neutron.subnet.name': 'sub' } });
    const Options = { RequestAddressType: 'com.docker.network.gateway' };
    const gateway = (Address: string) => call('IpamDriver.RequestAddress', { PoolID, Address, Options });
    expect(await gateway('')).toEqual({ Address: '0.0.0.0/0' });
    expect(await gateway('10.0.0.1')).toEqual({ Address: '10.0.0.1/24' });
    await expect(gateway('10.0.0.2')).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('two with the same range are told apart by the subnet’s name', async () => {
    const [a, b] = ['a', 'b'].map((name) => {
      const { id } = neutron.make('networks', { name });
      return neutron.make('subnets', { name, network_id: id, cidr: V4, ip_version: 4 });
    });
    const named = (name: string) => ({ 'neutron.subnet.name': name });
    const [poolA] = await createNetwork(N, [{ cidr: V4, options: named('a') }], named('a'));
    const [poolB] = await createNetwork(M, [{ cidr: V4, options: named('b') }], named('b'));
    expect(poolA).not.toBe(poolB);
    expect([a?.tags, b?.tags]).toEqual([[poolA], [poolB]]);
  });
});

describe('an existing pool', () => {
  it('is lent and given back', async () => {
    neutron.make('subnetpools', { name: 'ours', prefixes: [V4] });
    const options = { 'neutron.pool.name': 'ours' };
    const pools = await createNetwork(N, [{ cidr: V4, options }], options);
    expect(one('subnetpools').tags).toEqual(['kuryr.subnetpool.existing']);
    await removeNetwork(N, pools);
    expect(counts()).toEqual({ subnetpools: 1 });
    expect(one('subnetpools').tags).toEqual([]);
  });

  it('for other addresses is left alone', async () => {
    const ours = neutron.make('subnetpools', { name: 'ours', prefixes: ['10.7.0.0/24'] });
    expect(await pool({ cidr: V4, options: { 'neutron.pool.uuid': ours.id } })).not.toBe(ours.id);
    expect(ours.tags).toEqual([]);
  });
});

describe('an endpoint', () => {
  it('turns the port of its address into its own, bound here, and gives all back', async () => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4 }]);
    const taken = await address(poolId);
    expect(taken).toMatch(/^10\.0\.0\.\d+\/24$/);
    expect(one('ports')).toMatchObject({ name: 'kuryr-unbound-port', tags: ['compute:kuryr'] });
    expect(await endpoint({ Address: taken, MacAddress: MAC })).toEqual({ Interface: {} });
    const port = one('ports');
    expect(port).toMatchObject({
      device_id: E,
      device_owner: 'compute:kuryr',
      'binding:host_id': 'node-1',
      mac_address: MAC,
      tags: ['compute:kuryr', `kuryr.net.uuid.lh:${'a'.repeat(32)}`, `kuryr.net.uuid.uh:${'b'.repeat(32)}`],
    });
    expect(binding.bound.get(port.id)).toMatchObject({ mtu: 1450 });
    restart();
    expect(await ofEndpoint('EndpointOperInfo')).toEqual({ Value: { status: 'DOWN' } });
    await disconnect([[poolId, taken]]);
    expect([counts(), binding.bound.size]).toEqual([{ networks: 1, subnets: 1, subnetpools: 1 }, 0]);
    expect(await ofEndpoint('EndpointOperInfo')).toEqual({ Value: {} });
  });

  it('with both versions has one port in the end', async () => {
    const pools = await createNetwork(N, [{ cidr: V4 }, { cidr: V6 }]);
    const [four, six] = [await address(pools[0] ?? ''), await address(pools[1] ?? '')];
    expect(neutron.all('ports')).toHaveLength(2);
    await endpoint({ Address: four, AddressIPv6: six, MacAddress: MAC });
    expect(one('ports')).toMatchObject({ name: `${E}-port`, device_id: E });
    expect(one('ports')['fixed_ips']).toHaveLength(2);
    await disconnect([
      [pools[0] ?? '', four],
      [pools[1] ?? '', six],
    ]);
    await removeNetwork(N, pools);
    expect(counts()).toEqual({});
  });

  it.each([
    ['address', '10.0.0.77', '02:42:00:00:00:99'],
    ['MAC', '', 'fa:16:3e:00:00:77'],
  ])('takes the user’s port by its %s, and gives it back', async (_, wanted, mac) => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4 }]);
    const subnet = one('subnets');
    const mine = neutron.make('ports', {
      name: 'mine',
      network_id: subnet['network_id'],
      fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.0.0.77' }],
      mac_address: 'fa:16:3e:00:00:77',
    });
    const taken = await address(poolId, wanted, mac);
    expect(taken).toBe('10.0.0.77/24');
    await endpoint({ Address: taken, MacAddress: mac });
    expect(mine).toMatchObject({ name: 'mine', device_id: E, mac_address: mac });
    expect(mine.tags).toContain('kuryr.port.existing');
    await disconnect([[poolId, taken]]);
    expect(one('ports')).toMatchObject({ tags: [], device_id: '', device_owner: '', 'binding:host_id': '' });
  });

  it('does not take a port that somebody has', async () => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4 }]);
    const subnet = one('subnets');
    const fixed_ips = [{ subnet_id: subnet.id, ip_address: '10.0.0.77' }];
    const attributes = { network_id: subnet['network_id'], fixed_ips, device_owner: 'compute:nova' };
    const theirs = neutron.make('ports', attributes);
    await expect(address(poolId, '10.0.0.77')).rejects.toMatchObject({ kind: 'conflict' });
    await call('IpamDriver.ReleaseAddress', { PoolID: poolId, Address: '10.0.0.77' });
    expect(neutron.all('ports')).toEqual([theirs]);
  });

  it('that cannot be connected is nobody’s again', async () => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4 }]);
    const taken = await address(poolId);
    binding.failure = conflict('no such bridge');
    await expect(endpoint({ Address: taken, MacAddress: MAC })).rejects.toThrow('no such bridge');
    expect(one('ports')).toMatchObject({ device_id: '', tags: ['compute:kuryr'] });
    await call('IpamDriver.ReleaseAddress', { PoolID: poolId, Address: taken.split('/')[0] });
    expect(neutron.all('ports')).toEqual([]);
  });

  it('without addresses, or on a network that is not there, is answered with Err', async () => {
    expect(await endpoint({ Address: '10.0.0.5/24' })).toMatchObject({ Err: expect.stringContaining(N) });
    await createNetwork(N, [{ cidr: V4 }]);
    expect(await endpoint({ MacAddress: MAC })).toMatchObject({ Err: expect.any(String) });
    await expect(ofEndpoint('DeleteEndpoint')).rejects.toMatchObject({ kind: 'internal' });
  });

  it('joins with its device, gateway and the subnet’s routes', async () => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4, gateway: '10.0.0.1' }]);
    one('subnets')['host_routes'] = [{ destination: '10.8.0.0/16', nexthop: '10.0.0.254' }];
    await endpoint({ Address: await address(poolId), MacAddress: MAC });
    expect(await ofEndpoint('Join', { SandboxKey: '/var/run/docker/netns/0123456789ab' })).toEqual({
      InterfaceName: { SrcName: `t_c${one('ports').id.slice(0, 11)}`, DstPrefix: 'eth' },
      Gateway: '10.0.0.1',
      GatewayIPv6: null,
      StaticRoutes: [{ Destination: '10.8.0.0/16', RouteType: 0, NextHop: '10.0.0.254' }],
      DisableGatewayService: true,
    });
  });

  it('lets in the ports that it exposes, by ranges, until it does no more', async () => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4 }]);
    const taken = await address(poolId);
    await endpoint({ Address: taken, MacAddress: MAC });
    const exposed = [
      { Proto: 6, Port: 81 },
      { Proto: 17, Port: 53 },
      { Proto: 6, Port: 80 },
    ];
    const Options = { 'com.docker.network.endpoint.exposedports': exposed };
    await ofEndpoint('ProgramExternalConnectivity', { Options });
    const group = one('security-groups');
    expect(group.name).toBe(`${one('ports').id}-exposed_ports`);
    expect(one('ports')['security_groups']).toEqual(['default', group.id]);
    expect(neutron.all('security-group-rules')).toMatchObject([
      { protocol: 'tcp', port_range_min: 80, port_range_max: 81, direction: 'ingress' },
      { protocol: 'udp', port_range_min: 53, port_range_max: 53 },
    ]);
    await ofEndpoint('RevokeExternalConnectivity');
    expect(neutron.all('security-groups')).toEqual([]);
    await ofEndpoint('ProgramExternalConnectivity', { Options });
    await disconnect([[poolId, taken]]); // dockerd was killed before it could revoke
    expect(neutron.all('security-groups')).toEqual([]);
  });

  it('has no group left when a rule is refused', async () => {
    const [poolId = ''] = await createNetwork(N, [{ cidr: V4 }]);
    await endpoint({ Address: await address(poolId), MacAddress: MAC });
    neutron.failures.set('POST /security-group-rules', 409);
    const Options = { 'com.docker.network.endpoint.exposedports': [{ Proto: 6, Port: 80 }] };
    await expect(ofEndpoint('ProgramExternalConnectivity', { Options })).rejects.toThrow('Injected');
    expect(neutron.all('security-groups')).toEqual([]);
  });
});

it('a token that is no longer taken is renewed', async () => {
  await createNetwork(N, [{ cidr: V4 }]);
  neutron.tokens.clear();
  await call('NetworkDriver.DeleteNetwork', { NetworkID: N });
  expect(neutron.all('networks')).toEqual([]);
});

it.each([
  ['IpamDriver.RequestPool', { AddressSpace: 'x', Pool: 'nonsense', SubPool: '', V6: false }],
  ['IpamDriver.RequestPool', { AddressSpace: 'x', Pool: '10.0.0.0/99', SubPool: '', V6: false }],
  ['IpamDriver.RequestAddress', { PoolID: '../networks', Address: '' }],
  ['IpamDriver.ReleaseAddress', { PoolID: '', Address: 'x' }],
  ['NetworkDriver.DeleteNetwork', { NetworkID: 'a,b' }],
  ['NetworkDriver.CreateEndpoint', { NetworkID: N, EndpointID: E }],
])('%s refuses %j', async (name, body) => {
  await expect(call(name, body)).rejects.toMatchObject({ kind: 'bad-request' });
});
