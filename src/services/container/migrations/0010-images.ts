import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createImages: Migration = {
  name: '0010-images',
  async up(db) {
    const table = db.schema.createTable('container_image').ifNotExists();
    await texts(table, 'project_id', 'user_id', 'host', 'repo', 'tag', 'created_at', 'updated_at', 'status')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('driver', 'text')
      .addColumn('pull_policy', 'text')
      .addColumn('reason', 'text')
      .addColumn('image_json', 'text')
      .addColumn('image_id', 'text')
      .addColumn('size', 'bigint')
      .addUniqueConstraint('container_image_unique', ['project_id', 'host', 'repo', 'tag'])
      .execute();
    await db.schema
      .createIndex('container_image_host')
      .ifNotExists()
      .on('container_image')
      .column('host')
      .execute();
  },
};
