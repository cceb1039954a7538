import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

/** Registered limits and limits, and the order in which long lists are paged. '' stands for no region. */
export const createLimits: Migration = {
  name: '0004-limits',
  async up(db) {
    const table = (name: string) =>
      texts(db.schema.createTable(name).ifNotExists(), 'service_id', 'region_id', 'resource_name')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('description', 'text');
    await table('identity_registered_limit')
      .addColumn('default_limit', 'integer', (c) => c.notNull())
      .addUniqueConstraint('identity_registered_limit_unique', ['service_id', 'region_id', 'resource_name'])
      .execute();
    await texts(table('identity_limit'), 'project_id', 'domain_id')
      .addColumn('resource_limit', 'integer', (c) => c.notNull())
      .addUniqueConstraint('identity_limit_unique', [
        'service_id',
        'region_id',
        'resource_name',
        'project_id',
        'domain_id',
      ])
      .execute();
    for (const name of ['user', 'project', 'group'])
      await db.schema
        .createIndex(`identity_${name}_order`)
        .ifNotExists()
        .on(`identity_${name}`)
        .columns(['name', 'id'])
        .execute();
  },
};
