import { flag, integer, list, LIVE, NEEDED, ref, text } from '../rest/fields.ts';
import { ADDRESS_SCOPES, SUBNET_POOLS } from './collections.ts';
import { COMMON, NAME, neutronType, onlyWhenTrue, TAGS, TENANT } from './neutron-type.ts';

const PREFIX = (description: string) =>
  integer(description, { ...LIVE, constraints: [{ range: { min: 0 } }] });

export const subnetPool = neutronType({
  name: 'OS::Neutron::SubnetPool',
  description: 'Ranges of addresses that subnets are taken from.',
  collection: SUBNET_POOLS,
  fields: {
    ...COMMON,
    prefixes: list('The ranges.', {
      ...LIVE,
      ...NEEDED,
      items: text('A range.', { constraints: [{ custom_constraint: 'net_cidr' }] }),
      constraints: [{ length: { min: 1 } }],
    }),
    address_scope: ref(ADDRESS_SCOPES, 'The scope of the addresses.', { ...LIVE, wire: 'address_scope_id' }),
    default_quota: PREFIX('How much a project may take.'),
    default_prefixlen: PREFIX('The length of a prefix where nothing is said.'),
    min_prefixlen: PREFIX('The shortest prefix.'),
    max_prefixlen: PREFIX('The longest prefix.'),
    is_default: flag('Whether it is taken where no pool is said.', { ...LIVE, default: false }),
    tenant_id: TENANT,
    shared: flag('Whether all projects may take from it.', { default: false }),
    tags: TAGS,
  },
  attributes: {
    name: 'Name of the subnet pool.',
    prefixes: 'The subnet prefixes of the pool.',
    address_scope_id: 'The address scope of the pool.',
    default_quota: 'How much a project may take.',
    default_prefixlen: 'The length of a prefix where nothing is said.',
    min_prefixlen: 'The shortest prefix.',
    max_prefixlen: 'The longest prefix.',
    is_default: 'Whether it is taken where no pool is said.',
    shared: 'Whether all projects may take from it.',
    ip_version: 'The IP version.',
  },
  shape: onlyWhenTrue('is_default', 'shared'),
});

export const addressScope = neutronType({
  name: 'OS::Neutron::AddressScope',
  description: 'Addresses that may not overlap.',
  collection: ADDRESS_SCOPES,
  fields: {
    name: NAME,
    shared: flag('Whether all projects may use it.', { ...LIVE, default: false }),
    tenant_id: TENANT,
    ip_version: integer('The IP version.', { default: 4, constraints: [{ allowed_values: [4, 6] }] }),
  },
  attributes: { name: 'Name of the scope.', shared: 'Whether it is shared.', ip_version: 'The IP version.' },
  shape: onlyWhenTrue('shared'),
});
