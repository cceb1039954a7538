import type { PolicyRule } from '#kernel/policy/policy.ts';

const OBJECTS = [
  'network',
  'subnet',
  'port',
  'router',
  'floatingip',
  'security_group',
  'security_group_rule',
];

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
};

const basic = OBJECTS.flatMap((object): PolicyRule[] => [
  { name: `get_${object}`, check: 'rule:reader', doc: `Show or list: ${object}.` },
  { name: `create_${object}`, check: 'rule:member', doc: `Create: ${object}.` },
  { name: `update_${object}`, check: 'rule:member', doc: `Change: ${object}.` },
  { name: `delete_${object}`, check: 'rule:member', doc: `Delete: ${object}.` },
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
  ...attributes,
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
