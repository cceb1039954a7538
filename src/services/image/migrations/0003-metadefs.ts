import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

/** Metadata definitions: namespaces, what is in them, and what they are for. */
export const createMetadefs: Migration = {
  name: '0003-metadefs',
  async up(db) {
    const create = (table: string) => db.schema.createTable(table).ifNotExists();
    await texts(create('image_md_namespace'), 'visibility', 'owner', 'created_at', 'updated_at')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull().unique())
      .addColumn('display_name', 'text')
      .addColumn('description', 'text')
      .addColumn('protected', 'integer', (c) => c.notNull())
      .execute();
    await texts(
      create('image_md_item'),
      'namespace_id',
      'kind',
      'name',
      'body_json',
      'created_at',
      'updated_at',
    )
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addUniqueConstraint('image_md_item_name', ['namespace_id', 'kind', 'name'])
      .execute();
    await texts(create('image_md_resource_type'), 'created_at', 'updated_at')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .execute();
    await texts(create('image_md_association'), 'namespace_id', 'resource_type', 'created_at', 'updated_at')
      .addColumn('prefix', 'text')
      .addColumn('properties_target', 'text')
      .addPrimaryKeyConstraint('image_md_association_pk', ['namespace_id', 'resource_type'])
      .execute();
  },
};
