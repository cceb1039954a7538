import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

/** Hooks that resources have reached: what is cleared is kept until the resource goes, so that nobody waits there twice. */
export const createHooks: Migration = {
  name: '0003-hooks',
  async up(db) {
    await texts(db.schema.createTable('stack_hook').ifNotExists(), 'resource_id', 'hook', 'traversal')
      .addColumn('cleared', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('stack_hook_key', ['resource_id', 'hook'])
      .execute();
  },
};
