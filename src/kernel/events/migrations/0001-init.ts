import { texts } from '../../db/columns.ts';
import type { Migration } from '../../db/migrate.ts';
import type { Db } from '../../db/database.ts';
import type { EventTables } from '../tables.ts';

export const init: Migration = {
  name: '0001-init',
  async up(db) {
    await texts(db.schema.createTable('event'), 'id', 'at', 'service', 'type', 'resource', 'payload')
      .addColumn('seq', 'bigint', (c) => c.primaryKey())
      .addColumn('project', 'text')
      .execute();
    await db.schema.createIndex('event_project').on('event').columns(['project', 'seq']).execute();
    await db.schema.createIndex('event_at').on('event').column('at').execute();
    await db.schema
      .createTable('event_head')
      .addColumn('id', 'bigint', (c) => c.primaryKey())
      .addColumn('last', 'bigint', (c) => c.notNull())
      .addColumn('pruned', 'bigint', (c) => c.notNull())
      .execute();
    await (db as Db<EventTables>).insertInto('event_head').values({ id: 1, last: 0, pruned: 0 }).execute();
  },
};
