import type { Migration } from '#kernel/db/migrate.ts';

/** Attributes of the caller's own on projects, domains and users. */
export const addExtra: Migration = {
  name: '0002-extra',
  async up(db) {
    for (const table of ['identity_project', 'identity_user'])
      await db.schema
        .alterTable(table)
        .addColumn('extra_json', 'text', (c) => c.notNull().defaultTo('{}'))
        .execute();
  },
};
