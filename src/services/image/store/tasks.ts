import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import type { ImageTask } from '../model/task.ts';
import type { ImageTables, TaskRow } from '../tables.ts';

type Executor = Db<ImageTables>;

export interface TaskFilter {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
}

export const TASK_SORT_COLUMNS = {
  id: 'id',
  type: 'type',
  status: 'status',
  created_at: 'created_at',
  updated_at: 'updated_at',
  expires_at: 'expires_at',
} as const;

/** All SQL on imports. */
export const taskStore = {
  async find(db: Executor, id: string): Promise<ImageTask | undefined> {
    const row = await db.selectFrom('image_task').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  /** Of one image, the oldest first. */
  async ofImage(db: Executor, imageId: string): Promise<ImageTask[]> {
    const rows = await db
      .selectFrom('image_task')
      .selectAll()
      .where('image_id', '=', imageId)
      .orderBy('created_at')
      .orderBy('id')
      .limit(1000)
      .execute();
    return rows.map(fromRow);
  },

  async list(db: Executor, { type, status }: TaskFilter, page: PageRequest): Promise<Page<ImageTask>> {
    let query = db.selectFrom('image_task').selectAll();
    if (type !== undefined) query = query.where('type', '=', type);
    if (status !== undefined) query = query.where('status', '=', status);
    if (page.marker !== null) {
      const marker = await db
        .selectFrom('image_task')
        .selectAll()
        .where('id', '=', page.marker)
        .executeTakeFirst();
      if (marker) query = query.where(afterMarker(page.sort, { ...marker }));
    }
    for (const { column, direction } of page.sort) query = query.orderBy(column as 'id', direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(fromRow), page.limit);
  },

  /** Ids of images with an import that has not ended. */
  async openImages(db: Executor): Promise<Set<string>> {
    const rows = await db
      .selectFrom('image_task')
      .select('image_id')
      .where('expires_at', 'is', null)
      .execute();
    return new Set(rows.map((row) => row.image_id));
  },

  async insert(db: Executor, task: ImageTask): Promise<void> {
    await db.insertInto('image_task').values(toRow(task)).execute();
  },

  /** Only while it has not ended. */
  async update(
    db: Executor,
    id: string,
    change: Partial<Pick<TaskRow, 'status' | 'message' | 'updated_at' | 'expires_at'>>,
  ): Promise<void> {
    await db
      .updateTable('image_task')
      .set(change)
      .where('id', '=', id)
      .where('expires_at', 'is', null)
      .execute();
  },

  async prune(db: Executor, now: string): Promise<void> {
    await db.deleteFrom('image_task').where('expires_at', '<', now).execute();
  },
};

const toRow = (task: ImageTask): TaskRow => ({
  id: task.id,
  type: task.type,
  status: task.status,
  image_id: task.imageId,
  owner: task.owner,
  user_id: task.userId,
  request_id: task.requestId,
  input_json: json(task.input),
  message: task.message,
  created_at: task.createdAt,
  updated_at: task.updatedAt,
  expires_at: task.expiresAt,
});

const fromRow = (row: TaskRow): ImageTask => ({
  id: row.id,
  type: row.type as ImageTask['type'],
  status: row.status as ImageTask['status'],
  imageId: row.image_id,
  owner: row.owner,
  userId: row.user_id,
  requestId: row.request_id,
  input: fromJson(row.input_json),
  message: row.message,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  expiresAt: row.expires_at,
});
