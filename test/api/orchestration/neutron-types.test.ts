import { afterAll, beforeAll, it } from 'vitest';
import { ResourceTypes } from '#services/orchestration/resources/registry.ts';
import { neutronTypes } from '#services/orchestration/resources/neutron/types.ts';
import type { Cloud } from '#services/orchestration/resources/resource-type.ts';
import type { JsonMap } from '#services/orchestration/template/json.ts';
import { startCloud, type TestCloud } from '#test/support/cloud.ts';
import { cloudFor, cloudForAdmin, keepsTheContract, Specimen } from '#test/support/type-bench.ts';

const types = new ResourceTypes(neutronTypes);

let test: TestCloud;
let member: Cloud;
let admin: Cloud;
const ground: Record<string, string> = {};

const specimen = (name: string, properties: JsonMap, cloud = member) =>
  new Specimen(cloud, types.get(`OS::Neutron::${name}`), properties);
const make = (name: string, properties: JsonMap, cloud = member) =>
  specimen(name, properties, cloud).create();

beforeAll(async () => {
  test = await startCloud();
  const one = await test.addMember('one');
  member = cloudFor(test, one.token, one.projectId);
  admin = await cloudForAdmin(test);
  const outside = await make(
    'ProviderNet',
    { network_type: 'vxlan', router_external: true, name: 'outside' },
    admin,
  );
  await make('Subnet', { network: outside.id, cidr: '172.24.4.0/24', enable_dhcp: false }, admin);
  const net = await make('Net', { name: 'inside' });
  const subnet = await make('Subnet', { network: net.id, cidr: '10.0.0.0/24', name: 'inside' });
  const other = await make('Subnet', { network: net.id, cidr: '10.1.0.0/24' });
  const router = await make('Router', { external_gateway_info: { network: 'outside' } });
  await make('RouterInterface', { router: router.id, subnet: subnet.id });
  const port = await make('Port', { network: net.id });
  const floating = await make('FloatingIP', { floating_network: outside.id });
  const group = await make('SecurityGroup', { name: 'web' });
  const policy = await make('QoSPolicy', {}, admin);
  Object.assign(ground, {
    outside: outside.id,
    net: net.id,
    subnet: subnet.id,
    other: other.id,
    router: router.id,
    port: port.id,
    floating: floating.id,
    group: group.id,
    policy: policy.id,
  });
});
afterAll(() => test[Symbol.asyncDispose]());

it.each<[string, () => JsonMap, JsonMap, 'admin'?]>([
  ['Net', () => ({ name: 'named', tags: ['a'] }), { name: 'renamed', tags: ['b'], admin_state_up: false }],
  ['Net', () => ({ shared: true, dns_domain: 'one.test.' }), { shared: false, dns_domain: null }, 'admin'],
  ['ProviderNet', () => ({ network_type: 'vxlan' }), { name: 'laid' }, 'admin'],
  ['Subnet', () => ({ network: 'inside', cidr: '10.7.0.0/24' }), { dns_nameservers: ['9.9.9.9'], name: 'x' }],
  ['SubnetPool', () => ({ prefixes: ['10.64.0.0/16'], default_prefixlen: 26 }), { default_prefixlen: 28 }],
  ['AddressScope', () => ({ name: 'scope' }), { name: 'other' }],
  [
    'Port',
    () => ({ network: 'inside', fixed_ips: [{ subnet: 'inside' }] }),
    { name: 'p', security_groups: ['web'] },
  ],
  ['Trunk', () => ({ port: ground['port'] ?? '' }), { description: 'many' }],
  ['Router', () => ({ external_gateway_info: { network: 'outside' } }), { external_gateway_info: null }],
  ['FloatingIP', () => ({ floating_network: 'outside' }), { port_id: null }],
  ['FloatingIPPortForward', forward, { external_port: 8081 }],
  [
    'SecurityGroup',
    () => ({ rules: [{ protocol: 'tcp', port_range_min: 80, port_range_max: 81 }] }),
    { rules: [], description: 'd' },
  ],
  ['SecurityGroupRule', () => ({ security_group: 'web', port_range_min: 22, port_range_max: 22 }), {}],
  ['QoSPolicy', () => ({ name: 'slow' }), { description: 'very' }, 'admin'],
  [
    'QoSBandwidthLimitRule',
    () => ({ policy: ground['policy'] ?? '', max_kbps: 100 }),
    { max_kbps: 200 },
    'admin',
  ],
  ['RBACPolicy', shared, { target_tenant: 'another' }],
  ['RouterInterface', () => ({ router: ground['router'] ?? '', subnet: ground['other'] ?? '' }), {}],
])('%s is made once, changed in place, taken away and missed', async (name, properties, change, who) => {
  await keepsTheContract(specimen(name, properties(), who === 'admin' ? admin : member), change);
});

function forward(): JsonMap {
  const port = ground['port'] ?? '';
  return {
    floating_ip: ground['floating'] ?? '',
    internal_port: port,
    internal_ip_address: '10.0.0.2',
    internal_port_number: 80,
    external_port: 8080,
    protocol: 'tcp',
  };
}

function shared(): JsonMap {
  return {
    object_type: 'network',
    object_id: ground['net'] ?? '',
    action: 'access_as_shared',
    target_tenant: 'x',
  };
}
