import type { Viewer } from '../kind.ts';
import { BANDWIDTH_LIMIT, type QosPolicy, type QosRule } from '../model/qos.ts';
import { sharedAmong } from '../store/sharing.ts';
import { qosRuleStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import { idsOf, standardView } from './standard.ts';

export async function qosPolicyViews(db: NetworkDb, policies: readonly QosPolicy[], viewer: Viewer) {
  if (policies.length === 0) return [];
  const ids = idsOf(policies);
  const shared = await sharedAmong(db, ids, viewer.projectId);
  const rules = await qosRuleStore.list(db, (eb) => eb('policy_id', 'in', ids));
  const rulesOf = Map.groupBy(rules, (rule) => rule.policyId);
  return policies.map((policy) => ({
    ...standardView(policy),
    is_default: policy.isDefault,
    shared: shared.has(policy.id),
    rules: (rulesOf.get(policy.id) ?? []).map((rule) => ({
      ...ruleView(rule),
      qos_policy_id: rule.policyId,
      type: BANDWIDTH_LIMIT,
    })),
  }));
}

export const qosRuleViews = async (_db: NetworkDb, rules: readonly QosRule[]) => rules.map(ruleView);

const ruleView = (rule: QosRule) => ({
  id: rule.id,
  max_kbps: rule.maxKbps,
  max_burst_kbps: rule.maxBurstKbps,
  direction: rule.direction,
});
