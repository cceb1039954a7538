import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { Portrait } from '../model/portrait.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { OrchestrationTables, SnapshotRow } from '../tables.ts';

type Executor = Db<OrchestrationTables>;

/** All SQL on snapshots of stacks. */
export const snapshotStore = {
  async list(db: Executor, stackId: string): Promise<SnapshotRow[]> {
    return db
      .selectFrom('stack_snapshot')
      .selectAll()
      .where('stack_id', '=', stackId)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  },

  async find(db: Executor, stackId: string, id: string): Promise<SnapshotRow | undefined> {
    return db
      .selectFrom('stack_snapshot')
      .selectAll()
      .where('stack_id', '=', stackId)
      .where('id', '=', id)
      .executeTakeFirst();
  },

  async insert(tx: Executor, row: SnapshotRow): Promise<void> {
    await tx.insertInto('stack_snapshot').values(row).execute();
  },

  /** The one that is under way: a stack makes one at a time. */
  async finish(
    tx: Executor,
    stackId: string,
    end: Pick<SnapshotRow, 'status' | 'status_reason' | 'sealed_data'>,
  ): Promise<void> {
    await tx
      .updateTable('stack_snapshot')
      .set(end)
      .where('stack_id', '=', stackId)
      .where('status', '=', 'IN_PROGRESS')
      .execute();
  },

  async delete(tx: Executor, id: string): Promise<void> {
    await tx.deleteFrom('stack_snapshot').where('id', '=', id).execute();
  },
};

const contextOf = (stackId: string): string => `stack_snapshot/${stackId}`;

export const sealPortrait = (vault: Vault, portrait: Portrait): Promise<string> =>
  vault.seal(portrait.project_id, json(portrait), contextOf(portrait.id));

export async function openSnapshot(vault: Vault, projectId: string, row: SnapshotRow): Promise<Snapshot> {
  const plain =
    row.sealed_data === null
      ? null
      : (await vault.open(projectId, row.sealed_data, contextOf(row.stack_id))).toString();
  return {
    id: row.id,
    stackId: row.stack_id,
    name: row.name,
    status: row.status as Snapshot['status'],
    statusReason: row.status_reason,
    data: plain === null ? null : fromJson<Portrait>(plain),
    createdAt: row.created_at,
  };
}
