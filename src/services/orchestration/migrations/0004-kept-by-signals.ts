import type { Migration } from '#kernel/db/migrate.ts';

/** What signals keep about a resource stands apart from what the engine writes of it, so that neither loses the other's. */
export const createKeptBySignals: Migration = {
  name: '0004-kept-by-signals',
  async up(db) {
    await db.schema.alterTable('stack_resource').addColumn('sealed_kept', 'text').execute();
  },
};
