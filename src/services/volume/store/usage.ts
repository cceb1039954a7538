import type { VolumeDb } from '../tables.ts';
import { placeKey } from '../model/schedule.ts';
import { ofType, type Amounts } from '../model/quota.ts';

type Sum = number | string | null;

/** What a project has of everything that is counted. */
export async function usageOf(db: VolumeDb, projectId: string): Promise<Amounts> {
  const used: Record<string, number> = {};
  const add = (name: string, amount: Sum) => (used[name] = (used[name] ?? 0) + Number(amount ?? 0));
  for (const resource of ['volumes', 'snapshots'] as const) {
    for (const { type, count, size } of await byType(db, resource, projectId)) {
      add(resource, count);
      add(ofType(resource, type), count);
      add('gigabytes', size);
      add(ofType('gigabytes', type), size);
    }
  }
  const backups = await db
    .selectFrom('volume_backup')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.sum<Sum>('size').as('size')])
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
  const groups = await db
    .selectFrom('volume_group')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
  add('groups', groups.count);
  add('backups', backups.count);
  add('backup_gigabytes', backups.size);
  return used;
}

const byType = (db: VolumeDb, resource: 'volumes' | 'snapshots', projectId: string) =>
  resource === 'volumes'
    ? db
        .selectFrom('volume_volume as item')
        .innerJoin('volume_type', 'volume_type.id', 'item.type_id')
        .select((eb) => [
          'volume_type.name as type',
          eb.fn.countAll<number>().as('count'),
          eb.fn.sum<Sum>('item.wanted_size').as('size'),
        ])
        .where('item.project_id', '=', projectId)
        .groupBy('volume_type.name')
        .execute()
    : db
        .selectFrom('volume_snapshot as item')
        .innerJoin('volume_type', 'volume_type.id', 'item.type_id')
        .select((eb) => [
          'volume_type.name as type',
          eb.fn.countAll<number>().as('count'),
          eb.fn.sum<Sum>('item.size').as('size'),
        ])
        .where('item.project_id', '=', projectId)
        .groupBy('volume_type.name')
        .execute();

/** GiB promised on each backend, by `host/backend`. */
export async function promised(db: VolumeDb): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('volume_volume')
    .select((eb) => ['host', 'backend', eb.fn.sum<Sum>('wanted_size').as('size')])
    .where('host', 'is not', null)
    .groupBy(['host', 'backend'])
    .execute();
  return new Map(
    rows.map(({ host, backend, size }) => [placeKey({ host: host ?? '', backend }), Number(size)]),
  );
}

/** Limits that were set for a project. */
export async function projectLimits(db: VolumeDb, projectId: string): Promise<Amounts> {
  const rows = await db
    .selectFrom('volume_quota')
    .select(['resource', 'hard_limit'])
    .where('project_id', '=', projectId)
    .execute();
  return Object.fromEntries(rows.map(({ resource, hard_limit }) => [resource, hard_limit]));
}

export async function classLimits(db: VolumeDb, name: string): Promise<Amounts> {
  const rows = await db
    .selectFrom('volume_quota_class')
    .select(['resource', 'hard_limit'])
    .where('class', '=', name)
    .execute();
  return Object.fromEntries(rows.map(({ resource, hard_limit }) => [resource, hard_limit]));
}
