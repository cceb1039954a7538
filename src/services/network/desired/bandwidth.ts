import type { BandwidthSpec } from '#drivers/network/driver.ts';
import type { QosRule } from '../model/qos.ts';
import { qosRuleStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';

/** The limits of policies, by their ids: one query. */
export async function bandwidths(
  db: NetworkDb,
  policyIds: readonly (string | null)[],
): Promise<ReadonlyMap<string, BandwidthSpec>> {
  const ids = [...new Set(policyIds.filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rules = await qosRuleStore.list(db, (eb) => eb('policy_id', 'in', ids));
  return new Map(
    [...Map.groupBy(rules, (rule) => rule.policyId)].map(([id, own]) => [id, bandwidthSpec(own)]),
  );
}

export const UNLIMITED: BandwidthSpec = { ingress: null, egress: null };

function bandwidthSpec(rules: readonly QosRule[]): BandwidthSpec {
  const rate = (direction: QosRule['direction']) => {
    const rule = rules.find((one) => one.direction === direction);
    return rule && rule.maxKbps > 0 ? { kbps: rule.maxKbps, burstKbits: rule.maxBurstKbps } : null;
  };
  return { ingress: rate('ingress'), egress: rate('egress') };
}
