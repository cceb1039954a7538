import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createRegistries: Migration = {
  name: '0003-registries',
  async up(db) {
    const table = db.schema.createTable('container_registry').ifNotExists();
    await texts(table, 'project_id', 'user_id', 'domain', 'created_at', 'updated_at')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text')
      .addColumn('username', 'text')
      .addColumn('password', 'text')
      .execute();
    await db.schema
      .createIndex('container_registry_project_id_domain')
      .ifNotExists()
      .on('container_registry')
      .columns(['project_id', 'domain'])
      .execute();
  },
};
