import { sql, type Expression, type SqlBool } from 'kysely';
import type { Db } from '#kernel/db/database.ts';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import { RowCache } from '#kernel/db/row-cache.ts';
import { newSecret } from '#kernel/ids.ts';
import { afterMarker, toPage, type Page, type PageRequest, type SortKey } from '#kernel/paging.ts';
import type { Container, Status, TaskState } from '../model/container.ts';
import type { Quota } from '../model/quota.ts';
import type { ContainerRow, ContainerTables } from '../tables.ts';
import type { WorkloadQuery } from '../port.ts';

type Executor = Db<ContainerTables>;
/** PostgreSQL gives the sum of a bigint as text. */
type Sum = number | string | null;

export interface ContainerFilter {
  readonly projectId?: string;
  readonly userId?: string;
  readonly name?: string;
  readonly image?: string;
  readonly memory?: number;
  readonly host?: string;
  readonly taskState?: string;
  readonly status?: string;
  readonly autoRemove?: boolean;
}

/** All SQL on containers. */
export const containerStore = {
  async find(db: Executor, id: string): Promise<Container | undefined> {
    const row = await db.selectFrom('container').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  /** Two at most: enough to know that a name is not one container's. Null = of all projects. Members of capsules are not looked for. */
  async findByName(db: Executor, name: string, projectId: string | null): Promise<Container[]> {
    let query = db
      .selectFrom('container')
      .selectAll()
      .where('name', '=', name)
      .where('capsule_id', 'is', null);
    if (projectId !== null) query = query.where('project_id', '=', projectId);
    return (await query.limit(2).execute()).map(fromRow);
  },

  /** Those that are no capsule's. */
  async list(db: Executor, filter: ContainerFilter, page: PageRequest): Promise<Page<Container>> {
    let query = db.selectFrom('container').select(['id', 'etag']).where('capsule_id', 'is', null);
    for (const [column, value] of conditions(filter)) query = query.where(column, '=', value);
    if (page.marker !== null) {
      const marker = await markerRow(db, page.marker);
      query = query.where(notBefore(page.sort, marker)).where(afterMarker(page.sort, marker));
    }
    for (const { column, direction } of page.sort) query = query.orderBy(orderOf(column), direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    const { items, next } = toPage(await query.execute(), page.limit);
    return { items: await listed.load(items, (ids) => rowsOf(db, ids)), next };
  },

  async findMany(db: Executor, ids: readonly string[]): Promise<Container[]> {
    return ids.length === 0 ? [] : (await rowsOf(db, ids)).map(fromRow);
  },

  /** Of any number of capsules, in no order. */
  async listMembers(db: Executor, capsuleIds: readonly string[]): Promise<Container[]> {
    if (capsuleIds.length === 0) return [];
    const rows = await db.selectFrom('container').selectAll().where('capsule_id', 'in', capsuleIds).execute();
    return rows.map(fromRow);
  },

  /** Members of capsules among them. */
  async ofProjects(db: Executor, { projectIds, ids }: WorkloadQuery): Promise<Container[]> {
    let query = db.selectFrom('container').selectAll().orderBy('created_at').orderBy('id');
    if (projectIds !== null) query = query.where('project_id', 'in', projectIds);
    if (ids !== undefined) query = query.where('id', 'in', ids);
    return (await query.execute()).map(fromRow);
  },

  /** Those that a node has or may have. */
  async listOnHost(db: Executor, host: string): Promise<Container[]> {
    const rows = await db.selectFrom('container').selectAll().where('host', '=', host).execute();
    return rows.map(fromRow);
  },

  async countByHost(db: Executor): Promise<ReadonlyMap<string, number>> {
    const rows = await db
      .selectFrom('container')
      .select(['host', (eb) => eb.fn.countAll<number>().as('count')])
      .where('host', 'is not', null)
      .groupBy('host')
      .execute();
    return new Map(rows.map(({ host, count }) => [host ?? '', count]));
  },

  async usage(db: Executor, projectId: string): Promise<Quota> {
    const row = await db
      .selectFrom('container')
      .select((eb) => [
        eb.fn.countAll<number>().as('containers'),
        eb.fn.sum<Sum>('memory').as('memory'),
        eb.fn.sum<Sum>('cpu').as('cpu'),
        eb.fn.sum<Sum>('disk').as('disk'),
      ])
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow();
    const { containers, memory, cpu, disk } = row;
    return {
      containers,
      memory: Number(memory ?? 0),
      cpu: Number(cpu ?? 0),
      disk: Number(disk ?? 0),
    };
  },

  async insert(db: Executor, container: Container): Promise<void> {
    await db.insertInto('container').values(toRow(container)).execute();
  },

  /**
   * Writes `after` where the row is still of the generation that `before` was read with.
   * @returns whether it was.
   */
  async replace(db: Executor, before: Container, after: Container): Promise<boolean> {
    const { id: _id, ...change } = toRow(after);
    const result = await db
      .updateTable('container')
      .set(change)
      .where('id', '=', before.id)
      .where('generation', '=', before.generation)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('container').where('id', '=', id).execute();
  },

  async deleteMembers(db: Executor, capsuleId: string): Promise<void> {
    await db.deleteFrom('container').where('capsule_id', '=', capsuleId).execute();
  },
};

const rowsOf = (db: Executor, ids: readonly string[]): Promise<ContainerRow[]> =>
  db.selectFrom('container').selectAll().where('id', 'in', ids).execute();

/** Nulls come first, as `afterMarker` has it; a column without them keeps its index. */
const orderOf = (column: string) =>
  NULLABLE.has(column) ? sql`coalesce(${sql.ref(column)}, '')` : sql.ref(column);
const NULLABLE: ReadonlySet<string> = new Set(['host', 'task_state']);

/** Follows from `afterMarker`, in words that an index understands: a page deep down is found as fast as the first. */
function notBefore([first]: readonly SortKey[], marker: Record<string, unknown>): Expression<SqlBool> {
  if (!first) return sql<SqlBool>`true`;
  const way = sql.raw(first.direction === 'asc' ? '>=' : '<=');
  return sql<SqlBool>`${orderOf(first.column)} ${way} ${marker[first.column] ?? ''}`;
}

async function markerRow(db: Executor, id: string): Promise<Record<string, unknown>> {
  const row = await db.selectFrom('container').selectAll().where('id', '=', id).executeTakeFirst();
  return { ...row };
}

function conditions(filter: ContainerFilter): [keyof ContainerRow, string | number][] {
  const all: [keyof ContainerRow, string | number | undefined][] = [
    ['project_id', filter.projectId],
    ['user_id', filter.userId],
    ['name', filter.name],
    ['image', filter.image],
    ['memory', filter.memory],
    ['host', filter.host],
    ['task_state', filter.taskState],
    ['status', filter.status],
    ['auto_remove', filter.autoRemove === undefined ? undefined : flag(filter.autoRemove)],
  ];
  return all.filter((pair): pair is [keyof ContainerRow, string | number] => pair[1] !== undefined);
}

const toRow = (container: Container): ContainerRow => ({
  id: container.id,
  project_id: container.projectId,
  user_id: container.userId,
  name: container.name,
  image: container.image,
  cpu: container.cpu,
  memory: container.memory,
  disk: container.disk,
  auto_remove: flag(container.autoRemove),
  auto_heal: flag(container.autoHeal),
  settings_json: json(container.settings),
  created_at: container.createdAt,
  updated_at: container.updatedAt,
  host: container.host,
  placement_json: json(container.placement),
  desired: flag(container.desired),
  power_json: json(container.power),
  generation: container.generation,
  status: container.status,
  status_reason: container.statusReason,
  task_state: container.taskState,
  present: flag(container.present),
  observed_json: container.observed && json(container.observed),
  etag: newSecret(12),
  capsule_id: container.settings.member?.capsuleId ?? null,
});

const fromRow = (row: ContainerRow): Container => ({
  id: row.id,
  projectId: row.project_id,
  userId: row.user_id,
  name: row.name,
  image: row.image,
  cpu: row.cpu,
  memory: row.memory,
  disk: row.disk,
  autoRemove: fromFlag(row.auto_remove),
  autoHeal: fromFlag(row.auto_heal),
  settings: fromJson(row.settings_json),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  host: row.host,
  placement: fromJson(row.placement_json),
  desired: fromFlag(row.desired),
  power: fromJson(row.power_json),
  generation: row.generation,
  status: row.status as Status,
  statusReason: row.status_reason,
  taskState: row.task_state as TaskState | null,
  present: fromFlag(row.present),
  observed: row.observed_json === null ? null : fromJson(row.observed_json),
});

/** What lists have read. */
const listed = new RowCache(fromRow);
