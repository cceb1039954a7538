import { sql } from 'kysely';
import { own, ownOrShared, sortable, type Kind } from './kind.ts';
import { floatingIpNotFound, type FloatingIp } from './model/floating-ip.ts';
import { networkNotFound, type Network } from './model/network.ts';
import { portNotFound, type PortRecord } from './model/port.ts';
import { routerNotFound, type Router } from './model/router.ts';
import {
  groupNotFound,
  ruleNotFound,
  type SecurityGroup,
  type SecurityGroupRule,
} from './model/security-group.ts';
import { SHARED } from './model/sharing.ts';
import { subnetNotFound, type Subnet } from './model/subnet.ts';
import {
  flag,
  member,
  number,
  related,
  STANDARD_FILTERS,
  texts,
  text,
  type Filter,
} from './store/listing.ts';
import { sharedFilter, sharedWithProject } from './store/sharing.ts';
import {
  floatingIpStore,
  groupStore,
  networkStore,
  portRecordStore,
  routerStore,
  ruleStore,
  subnetStore,
} from './store/stores.ts';
import { floatingIpViews } from './view/floating-ip.ts';
import { networkViews } from './view/network.ts';
import { portViews } from './view/port.ts';
import { routerViews } from './view/router.ts';
import { groupViews, ruleViews } from './view/security-group.ts';
import { subnetViews } from './view/subnet.ts';

export const networkKind: Kind<Network> = {
  singular: 'network',
  plural: 'networks',
  collection: 'networks',
  store: networkStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('status', 'dns_domain', 'qos_policy_id'),
    admin_state_up: flag('admin_state_up'),
    shared: sharedFilter,
    'router:external': flag('external'),
    is_default: flag('is_default'),
    port_security_enabled: flag('port_security_enabled'),
    mtu: number('mtu'),
    'provider:network_type': text('network_type'),
    'provider:physical_network': text('physical_network'),
    'provider:segmentation_id': number('segmentation_id'),
    subnets: related('network_id', 'network_subnet', 'id'),
  },
  sortable: sortable('status'),
  visible: ownOrShared,
  notFound: networkNotFound,
  views: networkViews,
};

export const subnetKind: Kind<Subnet> = {
  singular: 'subnet',
  plural: 'subnets',
  collection: 'subnets',
  store: subnetStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('network_id', 'cidr', 'gateway_ip', 'ipv6_ra_mode', 'ipv6_address_mode'),
    ...texts('subnetpool_id'),
    service_types: member('service_types'),
    ip_version: number('ip_version'),
    enable_dhcp: flag('enable_dhcp'),
  },
  sortable: sortable('network_id', 'cidr', 'gateway_ip'),
  visible: (projectId) =>
    sql`(project_id = ${projectId} or network_id in (select id from network_network where project_id = ${projectId}) or network_id in (${sharedWithProject(projectId, SHARED)}))`,
  notFound: subnetNotFound,
  views: subnetViews,
};

/** `ip_address=1.2.3.4`, `subnet_id=…`, `ip_address_substr=…`: kinds narrow, values of one kind are alternatives. */
const fixedIps: Filter = (values) => {
  const pairs = values.map((value) => {
    const at = value.indexOf('=');
    return { key: value.slice(0, at), value: value.slice(at + 1) };
  });
  const conditions = [...Map.groupBy(pairs, ({ key }) => key)].map(([key, group]) => {
    const wanted = sql.join(group.map(({ value }) => value));
    if (key === 'ip_address') return sql`ip in (${wanted})`;
    if (key === 'subnet_id') return sql`subnet_id in (${wanted})`;
    return sql`(${sql.join(
      group.map(({ value }) => sql`replace(ip, ${value}, '') <> ip`),
      sql` or `,
    )})`;
  });
  return sql`id in (select port_id from network_address where ${sql.join(conditions, sql` and `)})`;
};

export const portKind: Kind<PortRecord> = {
  singular: 'port',
  plural: 'ports',
  collection: 'ports',
  store: portRecordStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('network_id', 'mac_address', 'status', 'device_id', 'device_owner', 'dns_name', 'qos_policy_id'),
    admin_state_up: flag('admin_state_up'),
    port_security_enabled: flag('port_security_enabled'),
    'binding:host_id': text('host'),
    'binding:vnic_type': text('vnic_type'),
    fixed_ips: fixedIps,
    ip_address: related('port_id', 'network_address', 'ip'),
    subnet_id: related('port_id', 'network_address', 'subnet_id'),
    security_groups: related('port_id', 'network_port_group', 'group_id'),
  },
  sortable: sortable('network_id', 'mac_address', 'status', 'device_id', 'device_owner'),
  visible: (projectId) =>
    sql`(project_id = ${projectId} or network_id in (select id from network_network where project_id = ${projectId}))`,
  notFound: portNotFound,
  views: portViews,
};

export const groupKind: Kind<SecurityGroup> = {
  singular: 'security_group',
  plural: 'security_groups',
  collection: 'security-groups',
  store: groupStore,
  filters: { ...STANDARD_FILTERS, stateful: flag('stateful'), shared: sharedFilter },
  sortable: sortable(),
  visible: ownOrShared,
  notFound: groupNotFound,
  views: groupViews,
};

export const ruleKind: Kind<SecurityGroupRule> = {
  singular: 'security_group_rule',
  plural: 'security_group_rules',
  collection: 'security-group-rules',
  store: ruleStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts(
      'security_group_id',
      'direction',
      'ethertype',
      'protocol',
      'remote_ip_prefix',
      'remote_group_id',
      'remote_address_group_id',
    ),
    port_range_min: number('port_range_min'),
    port_range_max: number('port_range_max'),
  },
  sortable: sortable('security_group_id', 'direction', 'ethertype', 'protocol'),
  visible: (projectId) =>
    sql`(project_id = ${projectId} or security_group_id in (${sharedWithProject(projectId)}))`,
  notFound: ruleNotFound,
  views: ruleViews,
};

export const routerKind: Kind<Router> = {
  singular: 'router',
  plural: 'routers',
  collection: 'routers',
  store: routerStore,
  filters: { ...STANDARD_FILTERS, ...texts('status'), admin_state_up: flag('admin_state_up') },
  sortable: sortable('status'),
  visible: own,
  notFound: routerNotFound,
  views: routerViews,
};

export const floatingIpKind: Kind<FloatingIp> = {
  singular: 'floatingip',
  plural: 'floatingips',
  collection: 'floatingips',
  store: floatingIpStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts(
      'floating_network_id',
      'floating_ip_address',
      'port_id',
      'fixed_ip_address',
      'router_id',
      'qos_policy_id',
    ),
    status: (values) =>
      sql`case when router_id is null then 'DOWN' else 'ACTIVE' end in (${sql.join(values)})`,
  },
  sortable: sortable('floating_network_id', 'floating_ip_address', 'port_id', 'router_id'),
  visible: own,
  notFound: floatingIpNotFound,
  views: floatingIpViews,
};
