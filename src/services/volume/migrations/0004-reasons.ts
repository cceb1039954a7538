import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

/** Why what a node has to do is not done yet. */
export const createReasons: Migration = {
  name: '0004-reasons',
  async up(db) {
    await texts(
      db.schema
        .createTable('volume_reason')
        .ifNotExists()
        .addColumn('id', 'text', (c) => c.primaryKey()),
      'host',
      'kind',
      'reason',
    )
      .addColumn('generation', 'bigint', (c) => c.notNull())
      .addColumn('failed', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('volume_reason_host')
      .ifNotExists()
      .on('volume_reason')
      .columns(['host', 'kind'])
      .execute();
  },
};
