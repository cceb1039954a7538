import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

/** Policy documents and what they are for, which endpoints a project sees, and the configuration of domains. */
export const createCatalogFilters: Migration = {
  name: '0005-catalog-filters',
  async up(db) {
    const table = (name: string) => db.schema.createTable(`identity_${name}`).ifNotExists();
    await texts(table('policy'), 'type', 'blob', 'extra_json')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .execute();
    await texts(table('policy_association'), 'policy_id', 'service_id', 'region_id', 'endpoint_id')
      .addPrimaryKeyConstraint('identity_policy_association_pk', ['service_id', 'region_id', 'endpoint_id'])
      .execute();
    await texts(table('endpoint_group'), 'name', 'description', 'filters_json')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .execute();
    await texts(table('project_endpoint'), 'project_id', 'endpoint_id')
      .addPrimaryKeyConstraint('identity_project_endpoint_pk', ['project_id', 'endpoint_id'])
      .execute();
    await texts(table('project_endpoint_group'), 'project_id', 'endpoint_group_id')
      .addPrimaryKeyConstraint('identity_project_endpoint_group_pk', ['project_id', 'endpoint_group_id'])
      .execute();
    await texts(table('domain_option'), 'domain_id', 'group', 'name', 'value_json')
      .addColumn('sealed', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('identity_domain_option_pk', ['domain_id', 'group', 'name'])
      .execute();
  },
};
