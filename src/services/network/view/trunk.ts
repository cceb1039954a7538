import type { SubPort, Trunk } from '../model/trunk.ts';
import { subPortStore } from '../store/trunks.ts';
import type { NetworkDb } from '../tables.ts';
import { idsOf, standardView } from './standard.ts';

export async function trunkViews(db: NetworkDb, trunks: readonly Trunk[]) {
  const subPortsOf = Map.groupBy(await subPortStore.ofTrunks(db, idsOf(trunks)), (one) => one.trunkId);
  return trunks.map((trunk) => ({
    ...standardView(trunk),
    port_id: trunk.portId,
    status: trunk.status,
    admin_state_up: trunk.adminStateUp,
    sub_ports: (subPortsOf.get(trunk.id) ?? []).map(subPortView),
  }));
}

export const subPortView = (one: SubPort) => ({
  port_id: one.portId,
  segmentation_type: one.segmentationType,
  segmentation_id: one.segmentationId,
});
