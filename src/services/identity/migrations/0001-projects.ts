import type { Migration } from '#kernel/db/migrate.ts';
import { texts } from '#kernel/db/columns.ts';

export const createProjects: Migration = {
  name: '0001-projects',
  async up(db) {
    await texts(db.schema.createTable('identity_project').ifNotExists(), 'name', 'domain_id', 'parent_id')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('is_domain', 'integer', (c) => c.notNull())
      .addColumn('enabled', 'integer', (c) => c.notNull())
      .addColumn('description', 'text', (c) => c.notNull())
      .addColumn('tags_json', 'text', (c) => c.notNull())
      .addColumn('options_json', 'text', (c) => c.notNull())
      .addUniqueConstraint('identity_project_name', ['domain_id', 'name'])
      .execute();
  },
};
