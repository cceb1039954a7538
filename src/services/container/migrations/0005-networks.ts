import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createNetworks: Migration = {
  name: '0005-networks',
  async up(db) {
    const table = db.schema.createTable('container_network').ifNotExists();
    await texts(table, 'project_id', 'user_id', 'name', 'created_at')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('network_id', 'text', (c) => c.notNull().unique())
      .execute();
  },
};
