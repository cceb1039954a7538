import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsTypes } from '#services/orchestration/resources/aws/types.ts';
import {
  NETWORKS,
  PORTS,
  ROUTERS,
  SECURITY_GROUP_RULES,
} from '#services/orchestration/resources/neutron/collections.ts';
import { neutronTypes } from '#services/orchestration/resources/neutron/types.ts';
import { ResourceTypes } from '#services/orchestration/resources/registry.ts';
import type { Cloud } from '#services/orchestration/resources/resource-type.ts';
import { Things } from '#services/orchestration/resources/rest/collection.ts';
import { textOf, type JsonMap } from '#services/orchestration/template/json.ts';
import { startCloud, type TestCloud } from '#test/support/cloud.ts';
import { cloudFor, cloudForAdmin, keepsTheContract, Specimen } from '#test/support/type-bench.ts';

const types = new ResourceTypes([...awsTypes, ...neutronTypes]);

let test: TestCloud;
let member: Cloud;
let vpc: Specimen;
let subnet: Specimen;
let outside: Specimen;

const specimen = (name: string, properties: JsonMap, cloud = member) =>
  new Specimen(cloud, types.get(name.includes('::') ? name : `AWS::EC2::${name}`), properties);
const make = (name: string, properties: JsonMap, cloud = member) =>
  specimen(name, properties, cloud).create();
const things = { router: ROUTERS, port: PORTS, rule: SECURITY_GROUP_RULES, network: NETWORKS };
const list = (kind: keyof typeof things, query: Record<string, string>) =>
  new Things(member, things[kind]).list(query);
/** The routers that lead to a subnet. */
const routersOf = async (id: string) => {
  const ports = await list('port', { network_id: vpc.id, device_owner: 'network:router_interface' });
  const its = ports.filter(({ fixed_ips: ips }) => (ips as readonly JsonMap[])[0]?.['subnet_id'] === id);
  return its.map((port) => port['device_id']);
};
const routerOf = async (id: string) => (await new Things(member, ROUTERS).get(id)) as Record<string, JsonMap>;

beforeAll(async () => {
  test = await startCloud();
  const one = await test.addMember('one');
  member = cloudFor(test, one.token, one.projectId);
  const admin = await cloudForAdmin(test);
  const laid = { network_type: 'vxlan', router_external: true, name: 'outside' };
  outside = await make('OS::Neutron::ProviderNet', laid, admin);
  const range = { network: outside.id, cidr: '172.24.4.0/24', enable_dhcp: false };
  await make('OS::Neutron::Subnet', range, admin);
  vpc = await make('VPC', { CidrBlock: '10.0.0.0/16' });
  subnet = await make('Subnet', { VpcId: vpc.id, CidrBlock: '10.0.1.0/24' });
});
afterAll(() => test[Symbol.asyncDispose]());

it.each<[string, () => JsonMap, JsonMap?]>([
  ['VPC', () => ({ CidrBlock: '10.9.0.0/16' })],
  ['Subnet', () => ({ VpcId: vpc.id, CidrBlock: '10.0.7.0/24', AvailabilityZone: 'nova' })],
  ['RouteTable', () => ({ VpcId: vpc.id })],
  [
    'NetworkInterface',
    () => ({ SubnetId: subnet.id, PrivateIpAddress: '10.0.1.77', Description: 'one' }),
    { GroupSet: ['default'] },
  ],
  [
    'SecurityGroup',
    () => ({
      GroupDescription: 'web',
      SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: '80', ToPort: '80' }],
    }),
    { SecurityGroupIngress: [], SecurityGroupEgress: [{ IpProtocol: '-1' }] },
  ],
  ['EIP', () => ({ Domain: 'vpc' })],
])('%s is made once, changed in place, taken away and missed', async (name, properties, change) => {
  await keepsTheContract(specimen(name, properties()), change);
});

describe('a VPC', () => {
  it('is a network and a router of one name, and leaves neither', async () => {
    const one = await make('VPC', {});
    const [network] = await list('network', { name: one.name });
    expect(network?.['id']).toBe(one.id);
    expect(await list('router', { name: one.name })).toHaveLength(1);
    await one.remove();
    expect([
      ...(await list('network', { name: one.name })),
      ...(await list('router', { name: one.name })),
    ]).toEqual([]);
  });

  it('leads to its subnets', async () => {
    const [router] = await list('router', { name: vpc.name });
    expect(await routersOf(subnet.id)).toEqual([router?.['id']]);
    const other = await make('Subnet', { VpcId: vpc.id, CidrBlock: '10.0.2.0/24', AvailabilityZone: 'here' });
    expect(await other.get('AvailabilityZone')).toBe('here');
    await other.remove();
    expect(await routersOf(other.id)).toEqual([]);
  });

  it('has its subnet back when a route table lets it go', async () => {
    const table = await make('RouteTable', { VpcId: vpc.id });
    const given = await make('SubnetRouteTableAssociation', { RouteTableId: table.id, SubnetId: subnet.id });
    await given.create(true);
    await given.check();
    expect(await routersOf(subnet.id)).toEqual([table.id]);
    await given.remove();
    await given.remove();
    await expect(given.check()).rejects.toThrow('does not lead');
    const [router] = await list('router', { name: vpc.name });
    expect(await routersOf(subnet.id)).toEqual([router?.['id']]);
    await table.remove();
  });

  it('gets a way out for the route tables of its stack, and loses it again', async () => {
    const [table, stray] = [
      await make('RouteTable', { VpcId: vpc.id }),
      await make('RouteTable', { VpcId: vpc.id }),
    ];
    const gateway = await make('InternetGateway', {});
    const out = specimen('VPCGatewayAttachment', { VpcId: vpc.id, InternetGatewayId: gateway.id });
    out.beside = [{ ...table.row, madeBy: 'AWS::EC2::RouteTable', properties: { VpcId: vpc.id } }];
    await out.create();
    await out.create(true);
    await out.check();
    expect((await routerOf(table.id))['external_gateway_info']?.['network_id']).toBe(outside.id);
    expect((await routerOf(stray.id))['external_gateway_info']).toBeNull();
    await out.remove();
    await out.remove();
    expect((await routerOf(table.id))['external_gateway_info']).toBeNull();
    await table.remove();
    await expect(out.check()).rejects.toThrow();
    for (const one of [stray, gateway]) await one.remove();
  });

  it('has route tables that lead out where it does', async () => {
    const [router] = await list('router', { name: vpc.name });
    const routers = new Things(member, ROUTERS);
    const id = textOf(router?.['id'] ?? '');
    await routers.change(id, { external_gateway_info: { network_id: outside.id } });
    const table = await make('RouteTable', { VpcId: vpc.id });
    expect((await routerOf(table.id))['external_gateway_info']?.['network_id']).toBe(outside.id);
    await table.remove();
    await routers.change(id, { external_gateway_info: {} });
  });
});

describe('an elastic IP', () => {
  it('goes to a network interface, whose VPC leads out then, and comes back', async () => {
    const ip = await make('EIP', {});
    expect(await ip.get('AllocationId')).toBe(ip.id);
    expect(await ip.reference()).toMatch(/^172\.24\.4\./);
    const faces = [
      await make('NetworkInterface', { SubnetId: subnet.id }),
      await make('NetworkInterface', { SubnetId: subnet.id }),
    ];
    const given = await make('EIPAssociation', {
      AllocationId: ip.id,
      NetworkInterfaceId: faces[0]?.id ?? '',
    });
    await given.create(true);
    await given.check();
    expect(await ip.get('show')).toMatchObject({ port_id: faces[0]?.id });
    await given.update({ NetworkInterfaceId: faces[1]?.id ?? '' });
    expect(await ip.get('show')).toMatchObject({ port_id: faces[1]?.id });
    await given.remove();
    await given.remove();
    await expect(given.check()).rejects.toThrow('does not have');
    expect(await ip.get('show')).toMatchObject({ port_id: null });
    for (const one of [...faces, ip]) await one.remove();
  });

  it('goes to the interface of a machine too, by its address or from the start', async () => {
    const port = await make('OS::Neutron::Port', { network: vpc.id, device_id: 'machine-1' });
    const ip = await make('EIP', {});
    const EIP = await ip.reference();
    const given = await make('EIPAssociation', { EIP, InstanceId: 'machine-1' });
    expect(await ip.get('show')).toMatchObject({ port_id: port.id });
    await given.remove();
    await ip.update({ InstanceId: 'machine-1' });
    expect(await ip.get('show')).toMatchObject({ port_id: port.id });
    await ip.remove();
    const born = await make('EIP', { InstanceId: 'machine-1' });
    expect(await born.get('show')).toMatchObject({ port_id: port.id });
    for (const one of [born, port]) await one.remove();
  });

  it.each([
    [{}, "Either 'EIP' or 'AllocationId' must be provided."],
    [{ EIP: '172.24.4.9', NetworkInterfaceId: 'x' }, "Must specify 'InstanceId' if you specify 'EIP'."],
    [{ AllocationId: 'x' }, 'InstanceId, NetworkInterfaceId'],
  ])('is not given by %j', async (properties, why) => {
    await expect(specimen('EIPAssociation', properties).create()).rejects.toThrow(why);
  });
});

describe('a security group', () => {
  const rulesOf = async (group: Specimen) => {
    const rules = await list('rule', { security_group_id: group.id });
    return rules
      .map((one) =>
        ['direction', 'protocol', 'port_range_min', 'remote_ip_prefix']
          .map((name) => textOf(one[name] ?? ''))
          .join(' '),
      )
      .toSorted();
  };

  it('lets in what it says, and everything out unless it says what', async () => {
    const group = await make('SecurityGroup', {
      GroupDescription: 'web',
      SecurityGroupIngress: [
        { IpProtocol: 'tcp', FromPort: '22', ToPort: '22', CidrIp: '10.0.0.0/8' },
        { IpProtocol: 'icmp', FromPort: '-1', ToPort: '-1', CidrIp: '10.0.0.0/8' },
        { IpProtocol: 'udp', CidrIp: '10.0.0.0/8' },
      ],
    });
    const everything = ['egress   ', 'egress   '];
    const icmp = 'ingress icmp  10.0.0.0/8';
    expect(await rulesOf(group)).toEqual([...everything, icmp, 'ingress tcp 22 10.0.0.0/8', 'ingress udp  ']);
    const SecurityGroupEgress = [{ IpProtocol: 'tcp', FromPort: '443', ToPort: '443' }];
    await group.update({ SecurityGroupIngress: [], SecurityGroupEgress });
    expect(await rulesOf(group)).toEqual(['egress tcp 443 ']);
    await group.remove();
  });

  it('takes a group for the other side, by id or by name', async () => {
    const name = `peers-of-${vpc.name}`;
    const named = await make('OS::Neutron::SecurityGroup', { name });
    const group = await make('SecurityGroup', {
      GroupDescription: 'db',
      SecurityGroupIngress: [
        { IpProtocol: 'tcp', FromPort: '1', ToPort: '1', SourceSecurityGroupId: named.id },
        { IpProtocol: 'tcp', FromPort: '2', ToPort: '2', SourceSecurityGroupName: name },
      ],
    });
    const rules = await list('rule', { security_group_id: group.id, direction: 'ingress' });
    expect(rules.map((rule) => rule['remote_group_id'])).toEqual([named.id, named.id]);
    for (const one of [group, named]) await one.remove();
  });
});
