import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { CpuSet } from '../port.ts';
import type { Allocation } from '../model/allocation.ts';
import type { AllocationRow, PlacementTables } from '../tables.ts';

type Executor = Db<PlacementTables>;

export interface AllocationFilter {
  readonly host?: string;
  readonly projectId?: string;
  readonly userId?: string;
}

/** All SQL on allocations. */
export const allocationStore = {
  async find(db: Executor, consumer: string): Promise<Allocation | undefined> {
    const row = await db
      .selectFrom('placement_allocation')
      .selectAll()
      .where('consumer', '=', consumer)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, filter: AllocationFilter): Promise<Allocation[]> {
    let query = db.selectFrom('placement_allocation').selectAll();
    if (filter.host !== undefined) query = query.where('host', '=', filter.host);
    if (filter.projectId !== undefined) query = query.where('project_id', '=', filter.projectId);
    if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId);
    return (await query.orderBy('consumer').execute()).map(fromRow);
  },

  /** The processors that somebody has to themselves, by host. */
  async takenCpus(db: Executor, hosts: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const rows = await db
      .selectFrom('placement_allocation')
      .select(['host', 'cpuset_json'])
      .where('host', 'in', hosts)
      .where('cpuset_json', 'is not', null)
      .execute();
    const byHost = Map.groupBy(rows, ({ host }) => host);
    return new Map(
      [...byHost].map(([host, held]) => [
        host,
        held.flatMap((row) => (row.cpuset_json === null ? [] : fromJson<CpuSet>(row.cpuset_json).cpus)),
      ]),
    );
  },

  async insert(db: Executor, allocation: Allocation): Promise<void> {
    await db.insertInto('placement_allocation').values(toRow(allocation)).execute();
  },

  async resize(db: Executor, consumer: string, resources: Allocation['resources']): Promise<void> {
    await db
      .updateTable('placement_allocation')
      .set(amounts(resources))
      .where('consumer', '=', consumer)
      .execute();
  },

  /** @returns whether there was one. */
  async delete(db: Executor, consumer: string): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('placement_allocation')
      .where('consumer', '=', consumer)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  },
};

const amounts = ({ cpu, memory, disk }: Allocation['resources']) => ({
  cpu_milli: Math.round(cpu * 1000),
  memory,
  disk,
});

const toRow = ({ resources, ...allocation }: Allocation): AllocationRow => ({
  consumer: allocation.consumer,
  host: allocation.host,
  project_id: allocation.projectId,
  user_id: allocation.userId,
  ...amounts(resources),
  cpuset_json: allocation.cpuset && json(allocation.cpuset),
  created_at: allocation.createdAt,
});

const fromRow = (row: AllocationRow): Allocation => ({
  consumer: row.consumer,
  host: row.host,
  projectId: row.project_id,
  userId: row.user_id,
  resources: { cpu: row.cpu_milli / 1000, memory: row.memory, disk: row.disk },
  cpuset: row.cpuset_json === null ? null : fromJson(row.cpuset_json),
  createdAt: row.created_at,
});
