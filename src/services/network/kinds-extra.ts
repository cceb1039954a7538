import { sql } from 'kysely';
import { own, ownOrShared, sortable, type Kind } from './kind.ts';
import { addressGroupNotFound, type AddressGroup } from './model/address-group.ts';
import { forwardingNotFound, type PortForwarding } from './model/port-forwarding.ts';
import { qosPolicyNotFound, qosRuleNotFound, type QosPolicy, type QosRule } from './model/qos.ts';
import { defaultRuleNotFound, type DefaultRule } from './model/security-group.ts';
import { rbacNotFound, type RbacPolicy } from './model/sharing.ts';
import { poolNotFound, scopeNotFound, type AddressScope, type SubnetPool } from './model/subnet-pool.ts';
import { trunkNotFound, type Trunk } from './model/trunk.ts';
import { flag, member, number, STANDARD_FILTERS, texts, text, type Filter } from './store/listing.ts';
import { sharedFilter } from './store/sharing.ts';
import {
  addressGroupStore,
  defaultRuleStore,
  forwardingStore,
  poolStore,
  qosPolicyStore,
  qosRuleStore,
  rbacStore,
  scopeStore,
  trunkStore,
} from './store/stores.ts';
import { addressGroupViews } from './view/address-group.ts';
import { forwardingViews } from './view/port-forwarding.ts';
import { qosPolicyViews, qosRuleViews } from './view/qos.ts';
import { defaultRuleViews } from './view/security-group.ts';
import { rbacViews } from './view/sharing.ts';
import { poolViews, scopeViews } from './view/subnet-pool.ts';
import { trunkViews } from './view/trunk.ts';

const anybody = () => sql<boolean>`1 = 1`;

export const rbacKind: Kind<RbacPolicy> = {
  singular: 'rbac_policy',
  plural: 'rbac_policies',
  collection: 'rbac-policies',
  store: rbacStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('object_type', 'object_id', 'action'),
    target_tenant: text('target_project'),
    target_project_id: text('target_project'),
  },
  sortable: sortable('object_type', 'object_id', 'action'),
  visible: own,
  notFound: rbacNotFound,
  views: rbacViews,
};

export const scopeKind: Kind<AddressScope> = {
  singular: 'address_scope',
  plural: 'address_scopes',
  collection: 'address-scopes',
  store: scopeStore,
  filters: { ...STANDARD_FILTERS, ip_version: number('ip_version'), shared: sharedFilter },
  sortable: sortable('ip_version'),
  visible: ownOrShared,
  notFound: scopeNotFound,
  views: scopeViews,
};

export const poolKind: Kind<SubnetPool> = {
  singular: 'subnetpool',
  plural: 'subnetpools',
  collection: 'subnetpools',
  store: poolStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('address_scope_id'),
    ip_version: number('ip_version'),
    is_default: flag('is_default'),
    shared: sharedFilter,
    min_prefixlen: number('min_prefixlen'),
    max_prefixlen: number('max_prefixlen'),
    default_prefixlen: number('default_prefixlen'),
    default_quota: number('default_quota'),
    prefixes: member('prefixes'),
  },
  sortable: sortable('address_scope_id'),
  visible: ownOrShared,
  notFound: poolNotFound,
  views: poolViews,
};

export const addressGroupKind: Kind<AddressGroup> = {
  singular: 'address_group',
  plural: 'address_groups',
  collection: 'address-groups',
  store: addressGroupStore,
  filters: { ...STANDARD_FILTERS, shared: sharedFilter, addresses: member('addresses') },
  sortable: sortable(),
  visible: ownOrShared,
  notFound: addressGroupNotFound,
  views: addressGroupViews,
};

export const defaultRuleKind: Kind<DefaultRule> = {
  singular: 'default_security_group_rule',
  plural: 'default_security_group_rules',
  collection: 'default-security-group-rules',
  store: defaultRuleStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('direction', 'ethertype', 'protocol', 'remote_ip_prefix', 'remote_group_id'),
    port_range_min: number('port_range_min'),
    port_range_max: number('port_range_max'),
    used_in_default_sg: flag('used_in_default_sg'),
    used_in_non_default_sg: flag('used_in_non_default_sg'),
  },
  sortable: sortable('direction', 'ethertype', 'protocol'),
  visible: anybody,
  notFound: defaultRuleNotFound,
  views: defaultRuleViews,
};

export const qosPolicyKind: Kind<QosPolicy> = {
  singular: 'policy',
  plural: 'policies',
  collection: 'qos/policies',
  tagCollection: 'policies',
  store: qosPolicyStore,
  filters: { ...STANDARD_FILTERS, is_default: flag('is_default'), shared: sharedFilter },
  sortable: sortable(),
  visible: ownOrShared,
  notFound: qosPolicyNotFound,
  views: qosPolicyViews,
};

/** Whose parts they are, is asked of their policy. */
export const qosRuleKind: Kind<QosRule> = {
  singular: 'bandwidth_limit_rule',
  plural: 'bandwidth_limit_rules',
  collection: 'bandwidth_limit_rules',
  store: qosRuleStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('policy_id', 'direction'),
    max_kbps: number('max_kbps'),
    max_burst_kbps: number('max_burst_kbps'),
  },
  sortable: sortable('direction'),
  visible: anybody,
  notFound: (id) => qosRuleNotFound('', id),
  views: qosRuleViews,
};

/** A range of ports that has this one at its end or beginning. */
const rangeEnd =
  (side: 'internal' | 'external'): Filter =>
  (values) =>
    sql`(${sql.join(
      ['min', 'max'].map((end) => number(`${side}_port_${end}`)(values)),
      sql` or `,
    )})`;

/** Whose parts they are, is asked of their floating IP. */
export const forwardingKind: Kind<PortForwarding> = {
  singular: 'port_forwarding',
  plural: 'port_forwardings',
  collection: 'port_forwardings',
  store: forwardingStore,
  filters: {
    ...STANDARD_FILTERS,
    ...texts('floating_ip_id', 'protocol', 'internal_port_id', 'internal_ip_address'),
    internal_port: rangeEnd('internal'),
    external_port: rangeEnd('external'),
  },
  sortable: sortable('protocol', 'internal_port_id'),
  visible: anybody,
  notFound: forwardingNotFound,
  views: forwardingViews,
};

export const trunkKind: Kind<Trunk> = {
  singular: 'trunk',
  plural: 'trunks',
  collection: 'trunks',
  store: trunkStore,
  filters: { ...STANDARD_FILTERS, ...texts('port_id', 'status'), admin_state_up: flag('admin_state_up') },
  sortable: sortable('port_id', 'status'),
  visible: own,
  notFound: trunkNotFound,
  views: trunkViews,
};
