import type { Migration } from '#kernel/db/migrate.ts';
import { texts } from '#kernel/db/columns.ts';

export const createNodes: Migration = {
  name: '0001-nodes',
  async up(db) {
    await texts(
      db.schema.createTable('placement_node').ifNotExists(),
      'state',
      'last_seen',
      'description_json',
    )
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('hostname', 'text', (c) => c.notNull().unique())
      .addColumn('disabled', 'integer', (c) => c.notNull())
      .addColumn('disabled_reason', 'text')
      .addColumn('generation', 'bigint', (c) => c.notNull())
      .execute();
    await texts(
      db.schema.createTable('placement_allocation').ifNotExists(),
      'host',
      'project_id',
      'user_id',
      'created_at',
    )
      .addColumn('consumer', 'text', (c) => c.primaryKey())
      .addColumn('cpu_milli', 'bigint', (c) => c.notNull())
      .addColumn('memory', 'bigint', (c) => c.notNull())
      .addColumn('disk', 'bigint', (c) => c.notNull())
      .execute();
    for (const column of ['host', 'project_id'])
      await db.schema
        .createIndex(`placement_allocation_${column}`)
        .ifNotExists()
        .on('placement_allocation')
        .column(column)
        .execute();
  },
};
