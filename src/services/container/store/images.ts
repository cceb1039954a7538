import { sql } from 'kysely';
import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import type { HostImage } from '../model/host-image.ts';
import type { ContainerTables, ImageRow } from '../tables.ts';

type Executor = Db<ContainerTables>;

/** All SQL on images of nodes. */
export const hostImageStore = {
  async find(db: Executor, id: string): Promise<HostImage | undefined> {
    const row = await db.selectFrom('container_image').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async findMany(db: Executor, ids: readonly string[]): Promise<HostImage[]> {
    if (ids.length === 0) return [];
    return (await db.selectFrom('container_image').selectAll().where('id', 'in', ids).execute()).map(fromRow);
  },

  /** Those that the node is to have. */
  async listOnHost(db: Executor, host: string): Promise<HostImage[]> {
    const query = db.selectFrom('container_image').selectAll().where('host', '=', host);
    return (await query.where('image_json', 'is not', null).execute()).map(fromRow);
  },

  /** Null = of all projects. */
  async list(db: Executor, projectId: string | null, page: PageRequest): Promise<Page<HostImage>> {
    let query = db.selectFrom('container_image').selectAll();
    if (projectId !== null) query = query.where('project_id', '=', projectId);
    if (page.marker !== null) {
      const marker = await hostImageStore.find(db, page.marker);
      query = query.where(afterMarker(page.sort, { ...(marker && toRow(marker)) }));
    }
    for (const { column, direction } of page.sort)
      query = query.orderBy(sql`coalesce(${sql.ref(column)}, '')`, direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(fromRow), page.limit);
  },

  async insert(db: Executor, image: HostImage): Promise<void> {
    await db.insertInto('container_image').values(toRow(image)).execute();
  },

  /** Writes `after` where the row is still in the status that `before` was read in. @returns whether it was. */
  async replace(db: Executor, before: HostImage, after: HostImage): Promise<boolean> {
    const { id, ...change } = toRow(after);
    const result = await db
      .updateTable('container_image')
      .set(change)
      .where('id', '=', id)
      .where('status', '=', before.status)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('container_image').where('id', '=', id).execute();
  },
};

const toRow = (image: HostImage): ImageRow => ({
  id: image.id,
  project_id: image.projectId,
  user_id: image.userId,
  host: image.host,
  repo: image.repo,
  tag: image.tag,
  driver: image.driver,
  pull_policy: image.pullPolicy,
  created_at: image.createdAt,
  updated_at: image.updatedAt,
  status: image.status,
  reason: image.reason,
  image_json: image.image && json(image.image),
  image_id: image.imageId,
  size: image.size,
});

const fromRow = (row: ImageRow): HostImage => ({
  id: row.id,
  projectId: row.project_id,
  userId: row.user_id,
  host: row.host,
  repo: row.repo,
  tag: row.tag,
  driver: row.driver,
  pullPolicy: row.pull_policy,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  status: row.status as HostImage['status'],
  reason: row.reason,
  image: row.image_json === null ? null : fromJson(row.image_json),
  imageId: row.image_id,
  size: row.size,
});
