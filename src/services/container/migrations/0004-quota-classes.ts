import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createQuotaClasses: Migration = {
  name: '0004-quota-classes',
  async up(db) {
    const table = db.schema.createTable('container_quota_class').ifNotExists();
    await texts(table, 'class_name', 'resource')
      .addColumn('hard_limit', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('container_quota_class_pk', ['class_name', 'resource'])
      .execute();
  },
};
