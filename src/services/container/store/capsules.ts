import { sql } from 'kysely';
import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import type { Capsule, Phase } from '../model/capsule.ts';
import type { CapsuleRow, ContainerTables } from '../tables.ts';

type Executor = Db<ContainerTables>;

/** All SQL on capsules. Their members are containers: see `containerStore.listMembers`. */
export const capsuleStore = {
  async find(db: Executor, id: string): Promise<Capsule | undefined> {
    const row = await db.selectFrom('container_capsule').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  /** Two at most: enough to know that a name is not one capsule's. Null = of all projects. */
  async findByName(db: Executor, name: string, projectId: string | null): Promise<Capsule[]> {
    let query = db.selectFrom('container_capsule').selectAll().where('name', '=', name);
    if (projectId !== null) query = query.where('project_id', '=', projectId);
    return (await query.limit(2).execute()).map(fromRow);
  },

  /** Null = of all projects. */
  async list(db: Executor, projectId: string | null, page: PageRequest): Promise<Page<Capsule>> {
    let query = db.selectFrom('container_capsule').selectAll();
    if (projectId !== null) query = query.where('project_id', '=', projectId);
    if (page.marker !== null) {
      const marker = await capsuleStore.find(db, page.marker);
      query = query.where(afterMarker(page.sort, { ...(marker && toRow(marker)) }));
    }
    for (const { column, direction } of page.sort)
      query = query.orderBy(sql`coalesce(${sql.ref(column)}, '')`, direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(fromRow), page.limit);
  },

  async insert(db: Executor, capsule: Capsule): Promise<void> {
    await db.insertInto('container_capsule').values(toRow(capsule)).execute();
  },

  /**
   * Writes `after` where the row is still in the phase that `before` was read in.
   * @returns whether it was.
   */
  async replace(db: Executor, before: Capsule, after: Capsule): Promise<boolean> {
    const { id, ...change } = toRow(after);
    const result = await db
      .updateTable('container_capsule')
      .set(change)
      .where('id', '=', id)
      .where('phase', '=', before.phase)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('container_capsule').where('id', '=', id).execute();
  },
};

const toRow = (capsule: Capsule): CapsuleRow => ({
  id: capsule.id,
  project_id: capsule.projectId,
  user_id: capsule.userId,
  name: capsule.name,
  settings_json: json(capsule.settings),
  created_at: capsule.createdAt,
  updated_at: capsule.updatedAt,
  host: capsule.host,
  placement_json: json(capsule.placement),
  phase: capsule.phase,
  reason: capsule.reason,
});

const fromRow = (row: CapsuleRow): Capsule => ({
  id: row.id,
  projectId: row.project_id,
  userId: row.user_id,
  name: row.name,
  settings: fromJson(row.settings_json),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  host: row.host,
  placement: fromJson(row.placement_json),
  phase: row.phase as Phase,
  reason: row.reason,
});
