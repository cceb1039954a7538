import type { VolumeDb } from '../tables.ts';

export interface HostUsage {
  readonly project: string;
  readonly volumes: number;
  /** GiB. */
  readonly volumeSize: number;
  readonly snapshots: number;
  readonly snapshotSize: number;
}

type Table = 'volume_volume' | 'volume_snapshot';

/** What each project has on a host. @param backend null = on all backends */
export async function usageOnHost(
  db: VolumeDb,
  place: { readonly host: string; readonly backend: string | null },
): Promise<HostUsage[]> {
  const volumes = await countBy(db, 'volume_volume', place);
  const snapshots = await countBy(db, 'volume_snapshot', place);
  const projects = [...new Set([...volumes.keys(), ...snapshots.keys()])].toSorted();
  return projects.map((project) => ({
    project,
    volumes: volumes.get(project)?.count ?? 0,
    volumeSize: volumes.get(project)?.size ?? 0,
    snapshots: snapshots.get(project)?.count ?? 0,
    snapshotSize: snapshots.get(project)?.size ?? 0,
  }));
}

async function countBy(
  db: VolumeDb,
  table: Table,
  { host, backend }: { readonly host: string; readonly backend: string | null },
): Promise<Map<string, { count: number; size: number }>> {
  const all = db
    .selectFrom(table)
    .select((eb) => [
      'project_id',
      eb.fn.countAll<number>().as('count'),
      eb.fn.sum<number | string>('size').as('size'),
    ])
    .where('host', '=', host)
    .groupBy('project_id');
  const rows = await (backend === null ? all : all.where('backend', '=', backend)).execute();
  return new Map(rows.map(({ project_id, count, size }) => [project_id, { count, size: Number(size) }]));
}
