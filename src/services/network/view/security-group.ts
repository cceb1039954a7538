import { normalizedCidr, type SecurityGroup, type SecurityGroupRule } from '../model/security-group.ts';
import { ruleStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView } from './standard.ts';

export async function groupViews(db: NetworkDb, groups: readonly SecurityGroup[]) {
  if (groups.length === 0) return [];
  const ids = groups.map(({ id }) => id);
  const rules = await ruleStore.list(db, (eb) => eb('security_group_id', 'in', ids));
  const rulesOf = Map.groupBy(rules, (rule) => rule.securityGroupId);
  return groups.map((group) => ({
    ...standardView(group),
    stateful: group.stateful,
    shared: false,
    security_group_rules: (rulesOf.get(group.id) ?? []).map(ruleView),
  }));
}

export const ruleViews = async (_db: NetworkDb, rules: readonly SecurityGroupRule[]) => rules.map(ruleView);

function ruleView(rule: SecurityGroupRule) {
  const { name: _unnamed, ...standard } = standardView(rule);
  return {
    ...standard,
    security_group_id: rule.securityGroupId,
    direction: rule.direction,
    ethertype: rule.ethertype,
    protocol: rule.protocol,
    port_range_min: rule.portRangeMin,
    port_range_max: rule.portRangeMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    remote_group_id: rule.remoteGroupId,
    normalized_cidr: normalizedCidr(rule),
  };
}
