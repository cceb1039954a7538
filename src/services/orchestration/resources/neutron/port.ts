import { textOf, isMap, type Json, type JsonMap } from '../../template/json.ts';
import { Things } from '../rest/collection.ts';
import { flag, integer, LIVE, listOf, mapOf, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import type { Thing } from '../rest/collection.ts';
import type { ResourceRun } from '../resource-type.ts';
import { NETWORKS, PORTS, QOS_POLICIES, SECURITY_GROUPS, SUBNETS, TRUNKS } from './collections.ts';
import { COMMON, neutronType, TAGS, TENANT, UP } from './neutron-type.ts';

const ADDRESS = { constraints: [{ custom_constraint: 'ip_addr' }] };
const MAC = { constraints: [{ custom_constraint: 'mac_addr' }] };

export const port = neutronType({
  name: 'OS::Neutron::Port',
  description: 'A place to plug a machine into a network.',
  collection: PORTS,
  fields: {
    ...COMMON,
    network: ref(NETWORKS, 'The network of the port.', { ...NEEDED, wire: 'network_id' }),
    device_id: text('The machine that uses the port.', { ...LIVE, default: '' }),
    device_owner: text('What kind of thing uses the port.', { ...LIVE, default: '' }),
    dns_name: text('DNS name of the port.', { ...LIVE, constraints: [{ custom_constraint: 'dns_name' }] }),
    fixed_ips: listOf(
      mapOf({
        subnet: ref(SUBNETS, 'The subnet of the address.', { wire: 'subnet_id' }),
        ip_address: text('The address.', ADDRESS),
      }),
      'The addresses of the port.',
      { ...LIVE, reset: [] },
    ),
    no_fixed_ips: flag('Whether the port has no address.', { ...LIVE, default: false, wire: null }),
    security_groups: listOf(ref(SECURITY_GROUPS, 'A group.'), 'The security groups of the port.', {
      ...LIVE,
      reset: [],
    }),
    admin_state_up: UP,
    mac_address: text('The MAC address.', { ...LIVE, ...MAC }),
    allowed_address_pairs: listOf(
      mapOf({
        mac_address: text('A MAC address.', MAC),
        ip_address: text('An address or range.', {
          ...NEEDED,
          constraints: [{ custom_constraint: 'ip_or_cidr' }],
        }),
      }),
      'Further addresses that the port may use.',
      { ...LIVE, reset: [] },
    ),
    'binding:vnic_type': oneOf(
      ['normal', 'direct', 'macvtap', 'direct-physical', 'baremetal', 'virtio-forwarder', 'smart-nic'],
      'How the port is bound.',
      { ...LIVE, default: 'normal' },
    ),
    port_security_enabled: flag('Whether the port is protected.', LIVE),
    propagate_uplink_status: flag('Whether the port follows the state of the uplink.', LIVE),
    qos_policy: ref(QOS_POLICIES, 'The QoS policy of the port.', { ...LIVE, wire: 'qos_policy_id' }),
    tenant_id: TENANT,
    tags: TAGS,
  },
  attributes: {
    name: 'Friendly name of the port.',
    status: 'The status of the port.',
    admin_state_up: 'The administrative state of this port.',
    network_id: 'Unique identifier for the network owning the port.',
    mac_address: 'MAC address of the port.',
    device_id: 'Unique identifier for the device.',
    device_owner: 'Name of the network owning the port.',
    fixed_ips: 'Fixed IP addresses.',
    allowed_address_pairs: 'Additional MAC/IP address pairs allowed to pass through a port.',
    security_groups: 'A list of security groups for the port.',
    port_security_enabled: 'Port security enabled of the port.',
    qos_policy_id: 'The QoS policy ID attached to this port.',
    dns_assignment: 'The DNS assigned to this port.',
    propagate_uplink_status: 'Enable/Disable propagate uplink status for the port.',
    subnets: 'A list of all subnet attributes for the port.',
    network: 'The attributes of the network owning the port.',
  },
  derived: {
    network: ({ cloud }, thing) => new Things(cloud, NETWORKS).get(textOf(thing['network_id'])),
    subnets: subnetsOf,
  },
  shape: (body, { properties }) => (properties['no_fixed_ips'] === true ? { ...body, fixed_ips: [] } : body),
});

/** By one list call: whole subnets in the order of the port's addresses. */
async function subnetsOf({ cloud }: ResourceRun, thing: Thing): Promise<Json> {
  const all = await new Things(cloud, SUBNETS).list({ network_id: textOf(thing['network_id']) });
  const fixed = (thing['fixed_ips'] ?? []) as readonly JsonMap[];
  return fixed.flatMap(({ subnet_id: id }) => all.find((one) => one['id'] === id) ?? []);
}

const SUB_PORT = mapOf({
  port: ref(PORTS, 'The port.', { ...NEEDED, wire: 'port_id' }),
  segmentation_type: oneOf(['vlan', 'inherit'], 'How its packets are told apart.', NEEDED),
  segmentation_id: integer('The number that tells its packets apart.', {
    ...NEEDED,
    constraints: [{ range: { min: 1, max: 4094 } }],
  }),
});

export const trunk = neutronType({
  name: 'OS::Neutron::Trunk',
  description: 'Several ports over one.',
  collection: TRUNKS,
  fields: {
    ...COMMON,
    port: ref(PORTS, 'The port that carries the others.', { ...NEEDED, wire: 'port_id' }),
    sub_ports: listOf(SUB_PORT, 'The ports that it carries.', { ...LIVE, wire: null }),
    description: text('Any text.', { ...LIVE, default: '' }),
    admin_state_up: UP,
    tags: TAGS,
  },
  attributes: {
    name: 'Name of the trunk.',
    port_id: 'The port that carries the others.',
    sub_ports: 'The ports that it carries.',
    admin_state_up: 'Whether it is up.',
    description: 'Any text.',
    status: 'The status of the trunk.',
  },
  atRest: ({ status }) => status !== 'BUILD',
  complete: carry,
});

/** Takes away and adds what differs from the properties. */
async function carry(run: ResourceRun, id: string, changed?: ReadonlySet<string>): Promise<void> {
  if (changed && !changed.has('sub_ports')) return;
  const trunks = new Things(run.cloud, TRUNKS);
  const wanted = await wantedSubPorts(run);
  const there = ((await trunks.get(id))['sub_ports'] ?? []) as readonly JsonMap[];
  const key = ({ port_id, segmentation_type, segmentation_id }: JsonMap) =>
    JSON.stringify([port_id, segmentation_type, segmentation_id]);
  const [have, want] = [new Set(there.map(key)), new Set(wanted.map(key))];
  const surplus = there.filter((one) => !want.has(key(one))).map(({ port_id = null }) => ({ port_id }));
  const missing = wanted.filter((one) => !have.has(key(one)));
  const put = (verb: string, sub_ports: readonly JsonMap[]) =>
    trunks.call({ method: 'PUT', path: `/${id}/${verb}`, body: { sub_ports } });
  if (surplus.length > 0) await put('remove_subports', surplus);
  if (missing.length > 0) await put('add_subports', missing);
}

async function wantedSubPorts({ properties, cloud }: ResourceRun): Promise<readonly JsonMap[]> {
  const given = (properties['sub_ports'] ?? []) as readonly Json[];
  const ports = new Things(cloud, PORTS);
  return Promise.all(
    given
      .filter(isMap)
      .map(async ({ port: named, ...rest }) => ({ ...rest, port_id: await ports.idOf(textOf(named)) })),
  );
}
