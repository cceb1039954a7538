import type { Migration } from '#kernel/db/migrate.ts';

export const addForcedDown: Migration = {
  name: '0002-forced-down',
  async up(db) {
    await db.schema
      .alterTable('placement_node')
      .addColumn('forced_down', 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
  },
};
