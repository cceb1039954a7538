import { describe, expect, it } from 'vitest';
import { CloudError, notFound } from '#kernel/errors.ts';
import { Specimen } from '#test/support/type-bench.ts';
import type { JsonMap } from '../template/json.ts';
import { allTypes } from './all-types.ts';
import { ResourceTypes } from './registry.ts';
import type { Cloud, CloudRequest } from './resource-type.ts';

const all = allTypes({ dockerEndpoints: [] });
const types = new ResourceTypes(all);
/** The name that a resource gives. */
const OWN = expect.stringMatching(/^one-specimen-/) as unknown as string;
const ID = '00000000-0000-4000-8000-000000000001';

/** Says yes to everything and keeps what it was asked; a thing is as the test says. */
class Echo implements Cloud {
  readonly asked: CloudRequest[] = [];
  readonly #thing: JsonMap;

  constructor(thing: JsonMap = {}) {
    this.#thing = thing;
  }

  async call(request: CloudRequest) {
    this.asked.push(request);
    if (request.method === 'GET' && request.query) return { status: 200, headers: {}, body: {} };
    const thing = { id: ID, status: 'available', size: 2, ...this.#thing };
    const [key] = Object.keys(request.body ?? {});
    const body = { ...thing, [key ?? 'volume']: thing, volume: thing, backup: thing, security_group: thing };
    return { status: 200, headers: {}, body };
  }

  changes = () => this.asked.filter(({ method }) => method !== 'GET');
}

describe('what goes over the wire', () => {
  it.each<[string, JsonMap, JsonMap]>([
    [
      'OS::Neutron::Net',
      {
        name: 'n',
        shared: true,
        port_security_enabled: false,
        qos_policy: ID,
        dns_domain: 'a.test.',
        availability_zone_hints: ['nova'],
        tenant_id: 't',
        value_specs: { mtu: 1400 },
      },
      {
        name: 'n',
        admin_state_up: true,
        shared: true,
        port_security_enabled: false,
        qos_policy_id: ID,
        dns_domain: 'a.test.',
        availability_zone_hints: ['nova'],
        tenant_id: 't',
        mtu: 1400,
      },
    ],
    [
      'OS::Neutron::ProviderNet',
      { name: 'n', network_type: 'vlan', physical_network: 'p', segmentation_id: '7', router_external: true },
      {
        name: 'n',
        admin_state_up: true,
        shared: true,
        'provider:network_type': 'vlan',
        'provider:physical_network': 'p',
        'provider:segmentation_id': 7,
        'router:external': true,
      },
    ],
    [
      'OS::Neutron::Subnet',
      {
        name: 's',
        network: ID,
        cidr: '10.0.0.0/24',
        gateway_ip: '',
        host_routes: [{ destination: '10.1.0.0/24', nexthop: '10.0.0.9' }],
        allocation_pools: [{ start: '10.0.0.5', end: '10.0.0.9' }],
        dns_nameservers: ['9.9.9.9'],
        enable_dhcp: false,
        segment: ID,
      },
      {
        name: 's',
        network_id: ID,
        cidr: '10.0.0.0/24',
        gateway_ip: null,
        host_routes: [{ destination: '10.1.0.0/24', nexthop: '10.0.0.9' }],
        allocation_pools: [{ start: '10.0.0.5', end: '10.0.0.9' }],
        dns_nameservers: ['9.9.9.9'],
        enable_dhcp: false,
        ip_version: 4,
        segment_id: ID,
      },
    ],
    [
      'OS::Neutron::Subnet',
      {
        name: 's',
        network: ID,
        subnetpool: ID,
        prefixlen: 64,
        ip_version: 6,
        ipv6_ra_mode: 'slaac',
        ipv6_address_mode: 'slaac',
      },
      {
        name: 's',
        network_id: ID,
        subnetpool_id: ID,
        prefixlen: 64,
        ip_version: 6,
        ipv6_ra_mode: 'slaac',
        ipv6_address_mode: 'slaac',
        enable_dhcp: true,
        dns_nameservers: [],
      },
    ],
    [
      'OS::Neutron::Port',
      {
        name: 'p',
        network: ID,
        fixed_ips: [{ subnet: ID, ip_address: '10.0.0.5' }],
        security_groups: [ID],
        mac_address: 'fa:16:3e:00:00:01',
        allowed_address_pairs: [{ ip_address: '10.0.0.6' }],
        qos_policy: ID,
        dns_name: 'p',
        propagate_uplink_status: true,
      },
      {
        name: 'p',
        network_id: ID,
        fixed_ips: [{ subnet_id: ID, ip_address: '10.0.0.5' }],
        security_groups: [ID],
        mac_address: 'fa:16:3e:00:00:01',
        allowed_address_pairs: [{ ip_address: '10.0.0.6' }],
        qos_policy_id: ID,
        dns_name: 'p',
        propagate_uplink_status: true,
        admin_state_up: true,
        device_id: '',
        device_owner: '',
        'binding:vnic_type': 'normal',
      },
    ],
    [
      'OS::Neutron::Port',
      { name: 'p', network: ID, no_fixed_ips: true },
      {
        name: 'p',
        network_id: ID,
        fixed_ips: [],
        admin_state_up: true,
        device_id: '',
        device_owner: '',
        'binding:vnic_type': 'normal',
      },
    ],
    [
      'OS::Neutron::Router',
      {
        name: 'r',
        external_gateway_info: {
          network: ID,
          enable_snat: false,
          external_fixed_ips: [{ subnet: ID, ip_address: '10.0.0.5' }],
        },
        distributed: false,
        ha: false,
      },
      {
        name: 'r',
        external_gateway_info: {
          network_id: ID,
          enable_snat: false,
          external_fixed_ips: [{ subnet_id: ID, ip_address: '10.0.0.5' }],
        },
        admin_state_up: true,
        distributed: false,
        ha: false,
      },
    ],
    [
      'OS::Neutron::FloatingIP',
      {
        floating_network: ID,
        floating_subnet: ID,
        port_id: ID,
        fixed_ip_address: '10.0.0.5',
        floating_ip_address: '10.1.0.5',
        dns_name: 'f',
        dns_domain: 'a.test.',
        value_specs: { description: 'd' },
      },
      {
        floating_network_id: ID,
        subnet_id: ID,
        port_id: ID,
        fixed_ip_address: '10.0.0.5',
        floating_ip_address: '10.1.0.5',
        dns_name: 'f',
        dns_domain: 'a.test.',
        description: 'd',
      },
    ],
    [
      'OS::Neutron::SecurityGroupRule',
      { security_group: ID, protocol: 'any', remote_group: ID },
      {
        security_group_id: ID,
        protocol: null,
        remote_group_id: ID,
        direction: 'ingress',
        ethertype: 'IPv4',
        description: '',
      },
    ],
    [
      'OS::Neutron::RBACPolicy',
      { object_type: 'network', object_id: ID, action: 'access_as_shared', target_tenant: '*' },
      { object_type: 'network', object_id: ID, action: 'access_as_shared', target_tenant: '*' },
    ],
    [
      'OS::Cinder::Volume',
      {
        name: 'v',
        size: 2,
        image: ID,
        volume_type: ID,
        availability_zone: 'nova',
        description: 'd',
        metadata: { a: 'b' },
      },
      {
        name: 'v',
        size: 2,
        imageRef: ID,
        volume_type: ID,
        availability_zone: 'nova',
        description: 'd',
        metadata: { a: 'b' },
      },
    ],
    ['OS::Cinder::Volume', { name: 'v', snapshot_id: ID }, { name: 'v', snapshot_id: ID, metadata: {} }],
    ['OS::Cinder::Volume', { name: 'v', source_volid: ID }, { name: 'v', source_volid: ID, metadata: {} }],
    ['OS::Cinder::Volume', { name: 'v', backup_id: ID }, { name: 'v', backup_id: ID, metadata: {} }],
    [
      'AWS::EC2::Volume',
      { AvailabilityZone: 'nova', Size: 2, Tags: [{ Key: 'a', Value: 'b' }] },
      { name: OWN, availability_zone: 'nova', size: 2, metadata: { a: 'b' } },
    ],
    [
      'AWS::EC2::Volume',
      { AvailabilityZone: 'nova', SnapshotId: ID },
      { name: OWN, availability_zone: 'nova', backup_id: ID },
    ],
  ])('of %s with %j', async (name, properties, body) => {
    const status = name.includes('Volume') ? 'available' : 'ACTIVE';
    const echo = new Echo({ status });
    await new Specimen(echo, types.get(name), properties).create();
    expect(Object.values((echo.changes()[0]?.body ?? {}) as JsonMap)[0]).toEqual(body);
  });

  it('names what has no name by the resource', async () => {
    const echo = new Echo({ status: 'ACTIVE' });
    await new Specimen(echo, types.get('OS::Neutron::Net'), {}).create();
    expect(echo.changes()[0]?.body).toMatchObject({
      network: { name: expect.stringMatching(/^one-specimen-/) },
    });
  });
});

describe('volumes', () => {
  it('of EC2 have a size or a backup, stay as they are, and are backed up where that is wanted', async () => {
    const ec2 = types.get('AWS::EC2::Volume');
    const made = new Specimen(new Echo({}), ec2, { AvailabilityZone: 'nova' });
    await expect(made.create()).rejects.toThrow('"Size" must be specified');
    expect(Object.values(ec2.properties).every(({ immutable }) => immutable)).toBe(true);
  });

  const volume = (thing: JsonMap, properties: JsonMap = {}) => {
    const echo = new Echo(thing);
    return { echo, made: new Specimen(echo, types.get('OS::Cinder::Volume'), { size: 2, ...properties }) };
  };

  it.each<[JsonMap, unknown]>([
    [{ size: 3 }, { 'os-extend': { new_size: 3 } }],
    [{ volume_type: ID }, { 'os-retype': { new_type: ID, migration_policy: 'on-demand' } }],
    [{ read_only: true }, { 'os-update_readonly_flag': { readonly: true } }],
    [{ backup_id: ID }, { restore: { volume_id: ID } }],
    [{ name: 'n', description: 'd' }, { volume: { name: 'n', description: 'd' } }],
  ])('are changed in place to %j', async (change, body) => {
    const { echo, made } = volume({});
    await made.create();
    await made.update(change);
    expect(echo.changes().at(-1)?.body).toEqual(body);
  });

  it('do not shrink', async () => {
    const { made } = volume({ size: 2 });
    await made.create();
    await expect(made.update({ size: 1 })).rejects.toThrow('Shrinking volume is not supported.');
  });

  it.each<[JsonMap, string]>([
    [{ image: ID, snapshot_id: ID }, 'at the same time: image, snapshot_id'],
    [{ size: null, image: ID }, '"size" must be specified'],
  ])('are not made of %j', async (properties, message) => {
    await expect(volume({}, properties).made.create()).rejects.toThrow(message);
  });

  it('fail in the state of an error', async () => {
    await expect(volume({ status: 'error' }).made.create()).rejects.toThrow('Went to status error');
  });
});

it('after a refusal looks for nothing to take away', async () => {
  const asked: CloudRequest[] = [];
  const refusing: Cloud = {
    async call(request) {
      asked.push(request);
      throw request.method === 'POST' ? new CloudError('quota', 'No more.') : notFound('Nothing.');
    },
  };
  const net = new Specimen(refusing, types.get('OS::Neutron::Net'), { name: 'web' });
  await expect(net.create()).rejects.toThrow('No more.');
  await net.remove();
  expect(asked.map(({ method }) => method)).toEqual(['POST']);
});

it.each(all.map((type) => [type.name, type] as const))(
  '%s says what each property and attribute is',
  (_name, type) => {
    const said = [...Object.values(type.properties), ...Object.values(type.attributes)];
    expect(said.filter(({ description }) => !description)).toEqual([]);
  },
);
