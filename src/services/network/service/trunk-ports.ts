import { parentOfTrunk, subPortOfTrunk } from '../model/trunk.ts';
import { trunkStore } from '../store/stores.ts';
import { subPortStore } from '../store/trunks.ts';
import type { NetworkDb } from '../tables.ts';

/** @throws CloudError when a trunk stands on one of the ports. */
export async function assertNotInTrunks(db: NetworkDb, portIds: readonly string[]): Promise<void> {
  const [trunk] = await trunkStore.list(db, (eb) => eb('port_id', 'in', portIds));
  if (trunk) throw parentOfTrunk(trunk.portId, trunk.id);
  const subPort = await subPortStore.findByPorts(db, portIds);
  if (subPort) throw subPortOfTrunk(subPort.portId, subPort.trunkId);
}
