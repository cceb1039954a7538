import type { Migration } from '#kernel/db/migrate.ts';

export const addEtag: Migration = {
  name: '0002-etag',
  async up(db) {
    await db.schema
      .alterTable('container')
      .addColumn('etag', 'text', (c) => c.notNull().defaultTo(''))
      .execute();
  },
};
