import type { PolicyRule } from '#kernel/policy/policy.ts';

const OBJECTS = [
  'network',
  'subnet',
  'port',
  'router',
  'floatingip',
  'security_group',
  'security_group_rule',
  'subnetpool',
  'address_scope',
  'address_group',
  'rbac_policy',
  'trunk',
  'floatingip_port_forwarding',
];

/** Everybody reads them, administrators change them. */
const ADMIN_OBJECTS = ['policy', 'policy_bandwidth_limit_rule', 'default_security_group_rule'];

/** Attributes that only administrators may set, by object; the value is what everybody gets, and may say. */
export const ADMIN_ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  network: {
    shared: false,
    'router:external': false,
    is_default: false,
    'provider:network_type': null,
    'provider:physical_network': null,
    'provider:segmentation_id': null,
  },
  port: { 'binding:host_id': '', 'binding:profile': {} },
  floatingip: { floating_ip_address: null },
  subnetpool: { shared: false, is_default: false },
  address_scope: { shared: false },
};

const basic = OBJECTS.flatMap((object): PolicyRule[] => [
  { name: `get_${object}`, check: 'rule:reader', doc: `Show or list: ${object}.` },
  { name: `create_${object}`, check: 'rule:member', doc: `Create: ${object}.` },
  { name: `update_${object}`, check: 'rule:member', doc: `Change: ${object}.` },
  { name: `delete_${object}`, check: 'rule:member', doc: `Delete: ${object}.` },
]);

const administered = ADMIN_OBJECTS.flatMap((object): PolicyRule[] => [
  { name: `get_${object}`, check: 'rule:reader', doc: `Show or list: ${object}.` },
  ...['create', 'update', 'delete'].map((verb) => ({
    name: `${verb}_${object}`,
    check: 'rule:admin',
    doc: `${verb}: ${object}.`,
  })),
]);

const attributes = Object.entries(ADMIN_ATTRIBUTES).flatMap(([object, names]) =>
  Object.keys(names).flatMap((name): PolicyRule[] =>
    ['create', 'update'].map((verb) => ({
      name: `${verb}_${object}:${name}`,
      check: 'rule:admin',
      doc: `Set ${name} of a ${object}.`,
    })),
  ),
);

/** Names and defaults as Neutron's policy files have them. */
export const networkPolicy: readonly PolicyRule[] = [
  ...basic,
  ...administered,
  ...attributes,
  ...['create', 'update'].flatMap((verb): PolicyRule[] => [
    { name: `${verb}_rbac_policy:target_tenant`, check: 'rule:admin', doc: 'Let everybody use an object.' },
    {
      name: `${verb}_rbac_policy:access_as_external`,
      check: 'rule:admin',
      doc: 'Let a project use a network as its way out.',
    },
  ]),
  { name: 'add_subports', check: 'rule:member', doc: 'Add ports to a trunk.' },
  { name: 'remove_subports', check: 'rule:member', doc: 'Take ports out of a trunk.' },
  { name: 'get_port_binding', check: 'rule:admin', doc: 'Show the hosts a port is prepared for.' },
  { name: 'change_port_binding', check: 'rule:admin', doc: 'Prepare a port for hosts, and move it.' },
  { name: 'get_rule_type', check: '@', doc: 'List types of QoS rules.' },
  { name: 'get_network_ip_availability', check: 'rule:admin', doc: 'Show how many addresses are left.' },
  {
    name: 'get_auto_allocated_topology',
    check: 'rule:member',
    doc: 'Make sure of a network that leads out.',
  },
  { name: 'delete_auto_allocated_topology', check: 'rule:member', doc: 'Delete that network.' },
  { name: 'update_agent', check: 'rule:admin', doc: 'Change what runs on the nodes.' },
  { name: 'delete_agent', check: 'rule:admin', doc: 'Forget what was said of what runs on the nodes.' },
  { name: 'get_scheduling', check: 'rule:admin', doc: 'Show where networks and routers are served.' },
  { name: 'change_scheduling', check: 'rule:admin', doc: 'Choose where a router runs.' },
  { name: 'create_router:external_gateway_info:enable_snat', check: 'rule:admin', doc: 'Choose SNAT.' },
  {
    name: 'create_router:external_gateway_info:external_fixed_ips',
    check: 'rule:admin',
    doc: 'Choose the address of a gateway.',
  },
  { name: 'add_router_interface', check: 'rule:member', doc: 'Connect a subnet to a router.' },
  { name: 'remove_router_interface', check: 'rule:member', doc: 'Disconnect a subnet from a router.' },
  { name: 'get_quota', check: 'rule:admin_or_owner', doc: 'Show the quota of a project.' },
  { name: 'update_quota', check: 'rule:admin', doc: 'Change the quota of a project.' },
  { name: 'delete_quota', check: 'rule:admin', doc: 'Reset the quota of a project.' },
  { name: 'get_agent', check: 'rule:admin', doc: 'List what runs on the nodes.' },
  { name: 'get_availability_zone', check: '@', doc: 'List zones.' },
  { name: 'get_extension', check: '@', doc: 'List extensions.' },
];
