import type { NetworkDb } from '../tables.ts';
import type { Work } from './unit.ts';

interface PolicyUse {
  readonly kind: 'network' | 'port' | 'floatingip';
  readonly id: string;
}

/** What a policy limits by itself. */
export async function usesOfPolicy(db: NetworkDb, policyId: string): Promise<PolicyUse[]> {
  const from = (table: 'network_network' | 'network_port' | 'network_floating_ip') =>
    db.selectFrom(table).select('id').where('qos_policy_id', '=', policyId).execute();
  const networks = await from('network_network');
  const ports = await from('network_port');
  const floatingIps = await from('network_floating_ip');
  return [
    ...networks.map(({ id }) => ({ kind: 'network' as const, id })),
    ...ports.map(({ id }) => ({ kind: 'port' as const, id })),
    ...floatingIps.map(({ id }) => ({ kind: 'floatingip' as const, id })),
  ];
}

/** All that a changed policy limits is told anew. */
export async function touchLimited(work: Work, policyId: string): Promise<void> {
  const uses = await usesOfPolicy(work.tx, policyId);
  const of = (kind: PolicyUse['kind']) => uses.filter((use) => use.kind === kind).map(({ id }) => id);
  work.changes.touch('port', ...of('port'));
  await touchPortsOfNetworks(work, of('network'));
  const routers = await work.tx
    .selectFrom('network_floating_ip')
    .select('router_id')
    .where('qos_policy_id', '=', policyId)
    .execute();
  work.changes.touch('router', ...routers.flatMap((row) => row.router_id ?? []));
}

/** Ports of workloads, whose specs repeat what their network says. */
export async function touchPortsOfNetworks(
  { tx, changes }: Work,
  networkIds: readonly string[],
): Promise<void> {
  if (networkIds.length === 0) return;
  const ports = await tx
    .selectFrom('network_port')
    .select('id')
    .where('network_id', 'in', networkIds)
    .where('device_owner', 'not like', 'network:%')
    .execute();
  changes.touch('port', ...ports.map(({ id }) => id));
}
