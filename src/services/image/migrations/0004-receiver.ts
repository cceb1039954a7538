import type { Migration } from '#kernel/db/migrate.ts';

/** In which control process the data of an image arrives. */
export const addReceiver: Migration = {
  name: '0004-receiver',
  async up(db) {
    await db.schema.alterTable('image_image').addColumn('receiver', 'text').execute();
  },
};
