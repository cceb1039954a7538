import type { Fields } from '../rest/field.ts';
import { Things } from '../rest/collection.ts';
import { flag, integer, list, LIVE, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import type { RestKind } from '../rest/rest-type.ts';
import { NETWORKS, QOS_POLICIES, SEGMENTS, SUBNET_POOLS, SUBNETS } from './collections.ts';
import { COMMON, neutronType, onlyWhenTrue, TAGS, TENANT, UP } from './neutron-type.ts';

const ATTRIBUTES = {
  status: 'The status of the network.',
  name: 'The name of the network.',
  subnets: 'Subnets of this network.',
  admin_state_up: 'The administrative status of the network.',
  port_security_enabled: 'Port security enabled of the network.',
  mtu: 'The maximum transmission unit size (in bytes) for the network.',
  qos_policy_id: 'The QoS policy ID attached to this network.',
  segments: 'The segments of this network.',
  l2_adjacency: 'A boolean value for L2 adjacency.',
};

const derived: RestKind['derived'] = {
  segments: async ({ cloud, resource }) =>
    new Things(cloud, SEGMENTS).list({ network_id: resource.physicalId ?? '' }),
};

const FIELDS: Fields = {
  ...COMMON,
  admin_state_up: UP,
  shared: flag('Whether this network should be shared across all projects.', { ...LIVE, default: false }),
  tags: TAGS,
};

export const net = neutronType({
  name: 'OS::Neutron::Net',
  description: 'A virtual network of the project.',
  collection: NETWORKS,
  fields: {
    ...FIELDS,
    tenant_id: TENANT,
    dhcp_agent_ids: list('The IDs of the DHCP agents to schedule the network to.', { ...LIVE, wire: null }),
    port_security_enabled: flag('Whether ports of the network are protected by default.', LIVE),
    qos_policy: ref(QOS_POLICIES, 'The QoS policy of the network.', { ...LIVE, wire: 'qos_policy_id' }),
    dns_domain: text('DNS domain associated with this network.', {
      ...LIVE,
      reset: '',
      constraints: [{ custom_constraint: 'dns_domain' }],
    }),
    availability_zone_hints: list('Availability zones to put the network into.'),
  },
  attributes: ATTRIBUTES,
  derived,
  shape: onlyWhenTrue('shared'),
});

export const providerNet = neutronType({
  name: 'OS::Neutron::ProviderNet',
  description: 'A network that is laid out as the operator says.',
  collection: NETWORKS,
  fields: {
    ...FIELDS,
    network_type: oneOf(['local', 'vlan', 'vxlan', 'gre', 'geneve', 'flat'], 'The layout of the network.', {
      ...LIVE,
      ...NEEDED,
      wire: 'provider:network_type',
    }),
    physical_network: text('The physical network that the network is on.', {
      ...LIVE,
      wire: 'provider:physical_network',
    }),
    segmentation_id: text('VLAN ID or tunnel ID.', {
      ...LIVE,
      wire: 'provider:segmentation_id',
      write: (id) => Number(id),
    }),
    router_external: flag('Whether routers may have their gateway on it.', {
      ...LIVE,
      default: false,
      wire: 'router:external',
    }),
    shared: flag('Whether all projects may use it.', { ...LIVE, default: true }),
    dns_domain: text('The DNS domain of its ports.', {
      ...LIVE,
      constraints: [{ custom_constraint: 'dns_domain' }],
    }),
    port_security_enabled: flag('Whether ports of the network are protected by default.', LIVE),
    availability_zone_hints: list('Availability zones to put the network into.'),
  },
  attributes: { ...ATTRIBUTES, segments: 'The segments of this network.' },
  derived,
});

const MODES = ['dhcpv6-stateful', 'dhcpv6-stateless', 'slaac'];

export const subnet = neutronType({
  name: 'OS::Neutron::Subnet',
  description: 'A range of addresses of a network.',
  collection: SUBNETS,
  fields: {
    ...COMMON,
    network: ref(NETWORKS, 'The network of the subnet.', { ...NEEDED, wire: 'network_id' }),
    subnetpool: ref(SUBNET_POOLS, 'The pool that the range is taken from.', { wire: 'subnetpool_id' }),
    prefixlen: integer('The length of the prefix to take from the pool.', {
      constraints: [{ range: { min: 0 } }],
    }),
    cidr: text('The range.', { constraints: [{ custom_constraint: 'net_cidr' }] }),
    dns_nameservers: list('DNS servers.', { ...LIVE, default: [] }),
    gateway_ip: text('The gateway. An empty text means none; unsaid, the first address.', {
      ...LIVE,
      write: (address) => (address === '' ? null : address),
    }),
    enable_dhcp: flag('Whether addresses are given by DHCP.', { ...LIVE, default: true }),
    allocation_pools: list('Where addresses are taken from.', {
      ...LIVE,
      items: {
        type: 'map',
        schema: {
          start: text('The first address.', { ...NEEDED, constraints: [{ custom_constraint: 'ip_addr' }] }),
          end: text('The last address.', { ...NEEDED, constraints: [{ custom_constraint: 'ip_addr' }] }),
        },
      },
    }),
    tenant_id: TENANT,
    ip_version: integer('The IP version.', { default: 4, constraints: [{ allowed_values: [4, 6] }] }),
    host_routes: list('Routes that hosts are given.', {
      ...LIVE,
      reset: [],
      items: {
        type: 'map',
        schema: {
          destination: text('The destination.', {
            ...NEEDED,
            constraints: [{ custom_constraint: 'net_cidr' }],
          }),
          nexthop: text('The next hop.', { ...NEEDED, constraints: [{ custom_constraint: 'ip_addr' }] }),
        },
      },
    }),
    ipv6_ra_mode: oneOf(MODES, 'How routers announce it.'),
    ipv6_address_mode: oneOf(MODES, 'How addresses are given.'),
    segment: ref(SEGMENTS, 'The segment of the subnet.', { ...LIVE, wire: 'segment_id' }),
    tags: TAGS,
  },
  attributes: {
    name: 'Friendly name of the subnet.',
    network_id: 'Parent network of the subnet.',
    allocation_pools: 'Ip allocation pools and their ranges.',
    gateway_ip: 'Ip of the subnet’s gateway.',
    host_routes: 'Additional routes for this subnet.',
    ip_version: 'Ip version for the subnet.',
    cidr: 'CIDR block notation for this subnet.',
    dns_nameservers: 'List of dns nameservers.',
    enable_dhcp: "'true' if DHCP is enabled for this subnet; 'false' otherwise.",
  },
});
