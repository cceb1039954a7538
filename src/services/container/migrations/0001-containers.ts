import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createContainers: Migration = {
  name: '0001-containers',
  async up(db) {
    await containers(db);
    await actions(db);
    await db.schema
      .createTable('container_quota')
      .ifNotExists()
      .addColumn('project_id', 'text', (c) => c.notNull())
      .addColumn('resource', 'text', (c) => c.notNull())
      .addColumn('hard_limit', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('container_quota_pk', ['project_id', 'resource'])
      .execute();
  },
};

async function containers(db: Kysely<unknown>): Promise<void> {
  const table = db.schema.createTable('container').ifNotExists();
  await texts(table, 'project_id', 'user_id', 'name', 'image', 'created_at', 'updated_at', 'status')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('cpu', 'double precision', (c) => c.notNull())
    .addColumn('memory', 'bigint', (c) => c.notNull())
    .addColumn('disk', 'bigint', (c) => c.notNull())
    .addColumn('auto_remove', 'integer', (c) => c.notNull())
    .addColumn('auto_heal', 'integer', (c) => c.notNull())
    .addColumn('settings_json', 'text', (c) => c.notNull())
    .addColumn('host', 'text')
    .addColumn('placement_json', 'text', (c) => c.notNull())
    .addColumn('desired', 'integer', (c) => c.notNull())
    .addColumn('power_json', 'text', (c) => c.notNull())
    .addColumn('generation', 'bigint', (c) => c.notNull())
    .addColumn('status_reason', 'text')
    .addColumn('task_state', 'text')
    .addColumn('present', 'integer', (c) => c.notNull())
    .addColumn('observed_json', 'text')
    .execute();
  await index(db, 'container', ['project_id', 'created_at', 'id']);
  await index(db, 'container', ['project_id', 'name']);
  await index(db, 'container', ['host']);
}

async function actions(db: Kysely<unknown>): Promise<void> {
  const table = db.schema.createTable('container_action').ifNotExists();
  await texts(table, 'container_id', 'request_id', 'action', 'user_id', 'project_id', 'started_at')
    .addColumn('finished_at', 'text')
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('container_action_pk', ['container_id', 'request_id'])
    .execute();
}

const index = (db: Kysely<unknown>, table: string, columns: string[]): Promise<void> =>
  db.schema
    .createIndex([table, ...columns].join('_'))
    .ifNotExists()
    .on(table)
    .columns(columns)
    .execute();
