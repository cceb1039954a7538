import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createCapsules: Migration = {
  name: '0006-capsules',
  async up(db) {
    const table = db.schema.createTable('container_capsule').ifNotExists();
    await texts(table, 'project_id', 'user_id', 'settings_json', 'placement_json', 'phase')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text')
      .addColumn('host', 'text')
      .addColumn('reason', 'text')
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('updated_at', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('container_capsule_project_id_created_at_id')
      .ifNotExists()
      .on('container_capsule')
      .columns(['project_id', 'created_at', 'id'])
      .execute();
    await db.schema.alterTable('container').addColumn('capsule_id', 'text').execute();
    await db.schema
      .createIndex('container_capsule_id')
      .ifNotExists()
      .on('container')
      .column('capsule_id')
      .execute();
  },
};
