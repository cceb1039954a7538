import type { SubPort } from '../model/trunk.ts';
import type { NetworkDb } from '../tables.ts';

/** Sub-ports of trunks. A port is in one trunk at most. */
export const subPortStore = {
  async ofTrunks(db: NetworkDb, trunkIds: readonly string[]): Promise<SubPort[]> {
    if (trunkIds.length === 0) return [];
    const rows = await db
      .selectFrom('network_subport')
      .selectAll()
      .where('trunk_id', 'in', trunkIds)
      .orderBy('segmentation_id')
      .execute();
    return rows.map((row) => ({
      portId: row.port_id,
      trunkId: row.trunk_id,
      segmentationType: row.segmentation_type,
      segmentationId: row.segmentation_id,
    }));
  },

  /** The first that is in a trunk. */
  async findByPorts(
    db: NetworkDb,
    portIds: readonly string[],
  ): Promise<Pick<SubPort, 'portId' | 'trunkId'> | undefined> {
    const row = await db
      .selectFrom('network_subport')
      .select(['port_id', 'trunk_id'])
      .where('port_id', 'in', portIds)
      .executeTakeFirst();
    return row && { portId: row.port_id, trunkId: row.trunk_id };
  },

  async insert(db: NetworkDb, subPorts: readonly SubPort[]): Promise<void> {
    if (subPorts.length > 0)
      await db
        .insertInto('network_subport')
        .values(
          subPorts.map((one) => ({
            port_id: one.portId,
            trunk_id: one.trunkId,
            segmentation_type: one.segmentationType,
            segmentation_id: one.segmentationId,
          })),
        )
        .execute();
  },

  async delete(db: NetworkDb, portIds: readonly string[]): Promise<void> {
    if (portIds.length > 0) await db.deleteFrom('network_subport').where('port_id', 'in', portIds).execute();
  },
};
