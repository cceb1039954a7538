import type { Collection } from '../rest/collection.ts';

const neutron = (path: string, member: string, more: Partial<Collection> = {}): Collection => ({
  service: 'network',
  path: `/v2.0/${path}`,
  list: path.split('/').at(-1)?.replaceAll('-', '_') ?? path,
  member,
  change: 'PUT',
  born: 'created_at',
  ...more,
});

export const NETWORKS = neutron('networks', 'network', { constraint: 'neutron.network' });
export const SUBNETS = neutron('subnets', 'subnet', { constraint: 'neutron.subnet' });
export const PORTS = neutron('ports', 'port', { constraint: 'neutron.port' });
export const ROUTERS = neutron('routers', 'router', { constraint: 'neutron.router' });
export const FLOATING_IPS = neutron('floatingips', 'floatingip');
export const SECURITY_GROUPS = neutron('security-groups', 'security_group', {
  constraint: 'neutron.security_group',
});
export const SECURITY_GROUP_RULES = neutron('security-group-rules', 'security_group_rule');
export const SUBNET_POOLS = neutron('subnetpools', 'subnetpool', { constraint: 'neutron.subnetpool' });
export const TRUNKS = neutron('trunks', 'trunk');
export const QOS_POLICIES = neutron('qos/policies', 'policy', { constraint: 'neutron.qos_policy' });
export const SEGMENTS = neutron('segments', 'segment', { constraint: 'neutron.segment' });

const { born: _, ...unborn } = neutron('address-scopes', 'address_scope', {
  constraint: 'neutron.address_scope',
});
/** Neutron does not say when these were made. */
export const ADDRESS_SCOPES: Collection = unborn;
const { born: __, ...unbornPolicies } = neutron('rbac-policies', 'rbac_policy');
export const RBAC_POLICIES: Collection = unbornPolicies;

/** What is below another object, and has no name. */
export function below(owner: Collection, id: string, path: string, member: string): Collection {
  const { born: _born, constraint: __constraint, ...rest } = owner;
  return { ...rest, path: `${owner.path}/${id}/${path}`, list: path, member };
}
