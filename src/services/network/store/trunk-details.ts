import type { SubPort } from '../model/trunk.ts';
import type { NetworkDb } from '../tables.ts';
import { inChunks } from '#kernel/db/chunks.ts';

export interface TrunkDetail {
  readonly trunkId: string;
  readonly subPorts: readonly (Omit<SubPort, 'trunkId'> & { readonly macAddress: string })[];
}

/** The trunks of those ports that are parents of one, by port: one query. */
export async function trunkDetails(
  db: NetworkDb,
  ports: readonly { readonly id: string }[],
): Promise<ReadonlyMap<string, TrunkDetail>> {
  const rows = await inChunks(
    ports.map(({ id }) => id),
    (chunk) => detailRows(db, chunk),
  );
  return new Map(
    [...Map.groupBy(rows, (row) => row.parentId)].map(([parentId, own]) => [
      parentId,
      {
        trunkId: own[0]?.trunkId ?? '',
        subPorts: own.flatMap(({ portId, segmentationType, segmentationId, macAddress }) =>
          portId === null
            ? []
            : [
                {
                  portId,
                  segmentationType: segmentationType ?? '',
                  segmentationId: segmentationId ?? 0,
                  macAddress: macAddress ?? '',
                },
              ],
        ),
      },
    ]),
  );
}

const detailRows = (db: NetworkDb, portIds: readonly string[]) =>
  db
    .selectFrom('network_trunk as t')
    .leftJoin('network_subport as s', 's.trunk_id', 't.id')
    .leftJoin('network_port as p', 'p.id', 's.port_id')
    .select([
      't.id as trunkId',
      't.port_id as parentId',
      's.port_id as portId',
      's.segmentation_type as segmentationType',
      's.segmentation_id as segmentationId',
      'p.mac_address as macAddress',
    ])
    .where('t.port_id', 'in', portIds)
    .orderBy('s.segmentation_id')
    .execute();
