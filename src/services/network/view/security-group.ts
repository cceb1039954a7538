import type { Viewer } from '../kind.ts';
import {
  defaultGroupId,
  normalizedCidr,
  type DefaultRule,
  type RuleTerms,
  type SecurityGroup,
  type SecurityGroupRule,
} from '../model/security-group.ts';
import { sharedAmong } from '../store/sharing.ts';
import { ruleStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView } from './standard.ts';

export async function groupViews(db: NetworkDb, groups: readonly SecurityGroup[], viewer: Viewer) {
  if (groups.length === 0) return [];
  const ids = groups.map(({ id }) => id);
  const rules = await ruleStore.list(db, (eb) => eb('security_group_id', 'in', ids));
  const shared = await sharedAmong(db, ids, viewer.projectId);
  const rulesOf = Map.groupBy(rules, (rule) => rule.securityGroupId);
  return groups.map((group) => ({
    ...standardView(group),
    stateful: group.stateful,
    shared: shared.has(group.id),
    security_group_rules: (rulesOf.get(group.id) ?? []).map(ruleView),
  }));
}

export const ruleViews = async (_db: NetworkDb, rules: readonly SecurityGroupRule[]) => rules.map(ruleView);

export const defaultRuleViews = async (_db: NetworkDb, rules: readonly DefaultRule[]) =>
  rules.map((rule) => ({
    id: rule.id,
    description: rule.description,
    ...termsView(rule),
    used_in_default_sg: rule.usedInDefaultSg,
    used_in_non_default_sg: rule.usedInNonDefaultSg,
  }));

function ruleView(rule: SecurityGroupRule) {
  const { name: _unnamed, ...standard } = standardView(rule);
  return {
    ...standard,
    security_group_id: rule.securityGroupId,
    ...termsView(rule),
    normalized_cidr: normalizedCidr(rule),
    belongs_to_default_sg: rule.securityGroupId === defaultGroupId(rule.projectId),
  };
}

const termsView = (rule: RuleTerms) => ({
  direction: rule.direction,
  ethertype: rule.ethertype,
  protocol: rule.protocol,
  port_range_min: rule.portRangeMin,
  port_range_max: rule.portRangeMax,
  remote_ip_prefix: rule.remoteIpPrefix,
  remote_group_id: rule.remoteGroupId,
  remote_address_group_id: rule.remoteAddressGroupId,
});
