import type { RestPlace } from '../../resources/rest.tsx';

const place = (collection: string, member: string, path = collection): RestPlace => ({
  service: 'network',
  path: `/v2.0/${path}`,
  collection,
  member,
});

/** Where Neutron's API keeps what. */
export const NETWORKS = place('networks', 'network');
export const SUBNETS = place('subnets', 'subnet');
export const PORTS = place('ports', 'port');
export const ROUTERS = place('routers', 'router');
export const FLOATING_IPS = place('floatingips', 'floatingip');
export const GROUPS = place('security_groups', 'security_group', 'security-groups');
export const RULES = place('security_group_rules', 'security_group_rule', 'security-group-rules');
