import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import { PORTS, SECURITY_GROUPS, SUBNETS } from '../neutron/collections.ts';
import { bringRules } from '../neutron/security-group.ts';
import type { ResourceRun } from '../resource-type.ts';
import { Things } from '../rest/collection.ts';
import { listOf, LIVE, mapOf, NEEDED, ref, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';

export const networkInterface = restType({
  name: 'AWS::EC2::NetworkInterface',
  description: 'A place to plug a machine into a subnet.',
  collection: PORTS,
  mark: 'name',
  fields: {
    Description: text('What it is for.', { wire: 'description' }),
    GroupSet: listOf(ref(SECURITY_GROUPS, 'A group.'), 'Its security groups.', {
      ...LIVE,
      wire: 'security_groups',
      reset: ['default'],
    }),
    PrivateIpAddress: text('Its address.', { wire: null, constraints: [{ custom_constraint: 'ip_addr' }] }),
    SubnetId: ref(SUBNETS, 'The subnet of its address.', { ...NEEDED, wire: null }),
  },
  attributes: { PrivateIpAddress: 'Private IP address of the network interface.' },
  derived: {
    PrivateIpAddress: (_, { fixed_ips: ips }) =>
      ((ips ?? []) as readonly JsonMap[])[0]?.['ip_address'] ?? null,
  },
  async shape(body, { properties, cloud }, changed) {
    if (changed) return body;
    const subnets = new Things(cloud, SUBNETS);
    const subnet_id = await subnets.idOf(textOf(properties['SubnetId']));
    const address = properties['PrivateIpAddress'];
    const ip = { subnet_id, ...(address !== undefined && { ip_address: address }) };
    return { ...body, network_id: (await subnets.get(subnet_id))['network_id'] ?? null, fixed_ips: [ip] };
  },
});

const RULES = listOf(
  mapOf({
    CidrIp: text('The addresses of the other side.'),
    FromPort: text('The first port; below zero for all.'),
    ToPort: text('The last port.'),
    IpProtocol: text('The protocol; -1 for all.'),
    SourceSecurityGroupId: text('The group of the other side.'),
    SourceSecurityGroupName: text('The same, by its name.'),
  }),
  'Rules.',
  { ...LIVE, wire: null },
);

export const securityGroup = restType({
  name: 'AWS::EC2::SecurityGroup',
  description: 'What may come to machines, and what may go from them.',
  collection: SECURITY_GROUPS,
  mark: 'name',
  fields: {
    GroupDescription: text('What it is for.', { ...NEEDED, wire: 'description' }),
    VpcId: text('The VPC. Groups are of the whole project.', { wire: null }),
    SecurityGroupIngress: RULES,
    SecurityGroupEgress: RULES,
  },
  complete: async (run, id) => bringRules(run, id, await rulesOf(run)),
});

async function rulesOf(run: ResourceRun): Promise<readonly JsonMap[]> {
  const { SecurityGroupIngress: ins, SecurityGroupEgress: outs } = run.properties;
  const all = [...listed(ins, 'ingress'), ...listed(outs, 'egress')];
  return Promise.all(all.map(([direction, rule]) => ruleOf(run, direction, rule)));
}

const listed = (rules: Json | undefined, direction: string) =>
  ((rules ?? []) as readonly JsonMap[]).map((rule) => [direction, rule] as const);

/** Without ports, the addresses of the other side mean nothing, as upstream has it. */
async function ruleOf({ cloud }: ResourceRun, direction: string, rule: JsonMap): Promise<JsonMap> {
  const { FromPort: from, ToPort: to, CidrIp: cidr, IpProtocol: protocol } = rule;
  const group = rule['SourceSecurityGroupId'] ?? rule['SourceSecurityGroupName'];
  const said: JsonMap = {
    direction,
    ethertype: 'IPv4',
    port_range_min: portOf(from),
    port_range_max: portOf(to),
    protocol: textOf(protocol ?? '-1') === '-1' ? null : (protocol ?? null),
    remote_ip_prefix: from === undefined && to === undefined ? null : (cidr ?? null),
    remote_group_id:
      group === undefined ? null : await new Things(cloud, SECURITY_GROUPS).idOf(textOf(group)),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

const portOf = (port: Json | undefined): number | null =>
  port === undefined || Number(port) < 0 ? null : Number(port);
