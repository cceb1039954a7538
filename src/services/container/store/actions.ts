import type { Db } from '#kernel/db/database.ts';
import type { ContainerAction } from '../model/action.ts';
import type { ActionRow, ContainerTables } from '../tables.ts';

type Executor = Db<ContainerTables>;

/** All SQL on what was done to containers. */
export const actionStore = {
  async insert(db: Executor, action: ContainerAction): Promise<void> {
    await db
      .insertInto('container_action')
      .values(toRow(action))
      .onConflict((conflict) => conflict.columns(['container_id', 'request_id']).doNothing())
      .execute();
  },

  /** Ends what goes on with these containers, or of it what one request began. */
  async finish(
    db: Executor,
    containerIds: readonly string[],
    end: { readonly at: string; readonly error: string | null; readonly requestId?: string },
  ): Promise<void> {
    if (containerIds.length === 0) return;
    let query = db
      .updateTable('container_action')
      .set({ finished_at: end.at, error: end.error })
      .where('container_id', 'in', containerIds)
      .where('finished_at', 'is', null);
    if (end.requestId !== undefined) query = query.where('request_id', '=', end.requestId);
    await query.execute();
  },

  /** Newest first. */
  async list(db: Executor, containerId: string): Promise<ContainerAction[]> {
    const rows = await db
      .selectFrom('container_action')
      .selectAll()
      .where('container_id', '=', containerId)
      .orderBy('started_at', 'desc')
      .orderBy('request_id')
      .execute();
    return rows.map(fromRow);
  },

  async find(db: Executor, containerId: string, requestId: string): Promise<ContainerAction | undefined> {
    const row = await db
      .selectFrom('container_action')
      .selectAll()
      .where('container_id', '=', containerId)
      .where('request_id', '=', requestId)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async deleteOf(db: Executor, containerId: string): Promise<void> {
    await db.deleteFrom('container_action').where('container_id', '=', containerId).execute();
  },
};

const toRow = (action: ContainerAction): ActionRow => ({
  container_id: action.containerId,
  request_id: action.requestId,
  action: action.action,
  user_id: action.userId,
  project_id: action.projectId,
  started_at: action.startedAt,
  finished_at: action.finishedAt,
  error: action.error,
});

const fromRow = (row: ActionRow): ContainerAction => ({
  containerId: row.container_id,
  requestId: row.request_id,
  action: row.action,
  userId: row.user_id,
  projectId: row.project_id,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  error: row.error,
});
