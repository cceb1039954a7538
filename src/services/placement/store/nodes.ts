import { sql } from 'kysely';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { NodeDescription } from '#node/description.ts';
import { stateAt, type StoredNode } from '../model/node.ts';
import type { NodeChange } from '../port.ts';
import { allocationStore } from './allocations.ts';
import type { NodeRow, PlacementTables } from '../tables.ts';

type Executor = Db<PlacementTables>;

interface Usage {
  cpu_milli: number;
  memory: number;
  disk: number;
}

/** All SQL on nodes. Every node comes with what is allocated on it, in one query. */
export const nodeStore = {
  async list(db: Executor, now: Date): Promise<StoredNode[]> {
    const rows = await withUsage(db).orderBy('hostname').execute();
    return withTakenCpus(
      db,
      rows.map((row) => fromRow(row, now)),
    );
  },

  async find(db: Executor, idOrHostname: string, now: Date): Promise<StoredNode | undefined> {
    const row = await withUsage(db)
      .where((e) => e.or([e('id', '=', idOrHostname), e('hostname', '=', idOrHostname)]))
      .executeTakeFirst();
    return row && (await withTakenCpus(db, [fromRow(row, now)]))[0];
  },

  /** One node per hostname: a machine that was set up anew takes the place of what it was. */
  async save(
    db: Executor,
    node: Pick<NodeRow, 'id' | 'last_seen'>,
    description: NodeDescription,
  ): Promise<void> {
    const { hostname } = description;
    const known = {
      id: node.id,
      last_seen: node.last_seen,
      state: 'up' as const,
      description_json: json(description),
    };
    await db
      .deleteFrom('placement_node')
      .where('id', '=', node.id)
      .where('hostname', '!=', hostname)
      .execute();
    await db
      .insertInto('placement_node')
      .values({
        ...known,
        hostname,
        disabled: flag(false),
        disabled_reason: null,
        generation: 0,
        forced_down: flag(false),
      })
      .onConflict((conflict) => conflict.column('hostname').doUpdateSet(known))
      .execute();
  },

  async describe(db: Executor, id: string, change: Partial<NodeDescription>): Promise<void> {
    const row = await db
      .selectFrom('placement_node')
      .select('description_json')
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) return;
    const description = { ...fromJson<NodeDescription>(row.description_json), ...change };
    await db
      .updateTable('placement_node')
      .set({ description_json: json(description) })
      .where('id', '=', id)
      .execute();
  },

  async setSeen(
    db: Executor,
    id: string,
    seen: Partial<Pick<NodeRow, 'state' | 'last_seen'>>,
  ): Promise<void> {
    await db.updateTable('placement_node').set(seen).where('id', '=', id).execute();
  },

  async setAllDown(db: Executor, lastSeen: string): Promise<void> {
    const seen = { state: 'down' as const, last_seen: lastSeen };
    await db.updateTable('placement_node').set(seen).where('state', '=', 'up').execute();
  },

  async change(
    db: Executor,
    id: string,
    { disabled, disabledReason, forcedDown }: NodeChange,
  ): Promise<void> {
    const change = {
      ...(disabled !== undefined && { disabled: flag(disabled) }),
      ...(disabledReason !== undefined && { disabled_reason: disabledReason }),
      ...(forcedDown !== undefined && { forced_down: flag(forcedDown) }),
    };
    if (Object.keys(change).length === 0) return;
    await db.updateTable('placement_node').set(change).where('id', '=', id).execute();
  },

  /** @returns whether it was not connected, and so is gone. */
  async forget(db: Executor, id: string): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('placement_node')
      .where('id', '=', id)
      .where('state', '=', 'down')
      .executeTakeFirst();
    return numDeletedRows > 0n;
  },

  /** @returns false when somebody else has allocated on it since it was read. */
  async bumpGeneration(db: Executor, { id, generation }: StoredNode): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('placement_node')
      .set({ generation: generation + 1 })
      .where('id', '=', id)
      .where('generation', '=', generation)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },
};

const total = (column: keyof Usage) => sql<number>`cast(coalesce(sum(${sql.ref(column)}), 0) as bigint)`;

const withUsage = (db: Executor) =>
  db
    .selectFrom('placement_node')
    .leftJoin(
      (e) =>
        e
          .selectFrom('placement_allocation')
          .select([
            'host',
            total('cpu_milli').as('cpu_milli'),
            total('memory').as('memory'),
            total('disk').as('disk'),
          ])
          .groupBy('host')
          .as('usage'),
      (join) => join.onRef('usage.host', '=', 'placement_node.hostname'),
    )
    .selectAll('placement_node')
    .select(['usage.cpu_milli', 'usage.memory', 'usage.disk']);

/** Most nodes set no processor aside: only those that do are asked for. */
async function withTakenCpus(db: Executor, nodes: readonly StoredNode[]): Promise<StoredNode[]> {
  const hosts = nodes.filter((node) => node.dedicatedCpus?.length).map(({ hostname }) => hostname);
  const taken = hosts.length > 0 ? await allocationStore.takenCpus(db, hosts) : undefined;
  return nodes.map((node) => ({ ...node, takenCpus: taken?.get(node.hostname) ?? [] }));
}

const fromRow = (row: NodeRow & { [K in keyof Usage]: number | null }, now: Date): StoredNode => ({
  ...fromJson<NodeDescription>(row.description_json),
  id: row.id,
  state: fromFlag(row.forced_down) ? 'down' : stateAt(row, now),
  disabled: fromFlag(row.disabled),
  disabledReason: row.disabled_reason,
  forcedDown: fromFlag(row.forced_down),
  lastSeen: row.last_seen,
  generation: row.generation,
  allocated: { cpu: (row.cpu_milli ?? 0) / 1000, memory: row.memory ?? 0, disk: row.disk ?? 0 },
});
