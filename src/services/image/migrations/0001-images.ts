import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createImages: Migration = {
  name: '0001-images',
  async up(db) {
    const image = db.schema.createTable('image_image').ifNotExists();
    await texts(
      image,
      'status',
      'visibility',
      'owner',
      'tags_json',
      'properties_json',
      'created_at',
      'updated_at',
    )
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text')
      .addColumn('size', 'bigint')
      .addColumn('virtual_size', 'bigint')
      .addColumn('disk_format', 'text')
      .addColumn('container_format', 'text')
      .addColumn('md5', 'text')
      .addColumn('sha512', 'text')
      .addColumn('hidden', 'integer', (c) => c.notNull())
      .addColumn('protected', 'integer', (c) => c.notNull())
      .addColumn('min_ram', 'bigint', (c) => c.notNull())
      .addColumn('min_disk', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('image_image_owner')
      .ifNotExists()
      .on('image_image')
      .columns(['owner', 'created_at'])
      .execute();
    await texts(
      db.schema.createTable('image_member').ifNotExists(),
      'image_id',
      'member',
      'status',
      'created_at',
      'updated_at',
    )
      .addPrimaryKeyConstraint('image_member_pk', ['image_id', 'member'])
      .execute();
  },
};
