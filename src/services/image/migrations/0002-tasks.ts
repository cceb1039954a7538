import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

/** Imports as tasks, and which stores have an image's data. */
export const createTasks: Migration = {
  name: '0002-tasks',
  async up(db) {
    await db.schema
      .alterTable('image_image')
      .addColumn('stores_json', 'text', (c) => c.notNull().defaultTo('[]'))
      .execute();
    await db
      .withTables<{ image_image: { status: string; stores_json: string } }>()
      .updateTable('image_image')
      .set({ stores_json: '["file"]' })
      .where('status', 'in', ['active', 'deactivated'])
      .execute();
    const task = db.schema.createTable('image_task').ifNotExists();
    await texts(
      task,
      'type',
      'status',
      'image_id',
      'owner',
      'user_id',
      'request_id',
      'input_json',
      'message',
      'created_at',
      'updated_at',
    )
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('expires_at', 'text')
      .execute();
    await db.schema
      .createIndex('image_task_image')
      .ifNotExists()
      .on('image_task')
      .columns(['image_id', 'created_at'])
      .execute();
  },
};
