import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createAlarms: Migration = {
  name: '0001-alarms',
  async up(db) {
    await alarms(db);
    await traces(db);
    await index(db, 'alarm', ['project_id', 'created_at', 'id']);
    await index(db, 'alarm', ['enabled', 'type', 'id']);
    await index(db, 'alarm_history', ['alarm_id', 'at']);
    await index(db, 'alarm_history', ['project_id', 'at']);
    await index(db, 'alarm_notice', ['due_at']);
  },
};

const table = (db: Kysely<unknown>, name: string) => db.schema.createTable(name).ifNotExists();

async function alarms(db: Kysely<unknown>): Promise<void> {
  const said = texts(table(db, 'alarm'), 'project_id', 'user_id', 'name', 'description', 'type', 'severity');
  await texts(said, 'state', 'state_reason', 'state_changed_at', 'created_at', 'updated_at')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addColumn('repeat_actions', 'integer', (c) => c.notNull())
    .addColumn('actions_json', 'text', (c) => c.notNull())
    .addColumn('constraints_json', 'text', (c) => c.notNull())
    .addColumn('rule_json', 'text', (c) => c.notNull())
    .addColumn('owner_json', 'text', (c) => c.notNull())
    .execute();
}

async function traces(db: Kysely<unknown>): Promise<void> {
  await texts(table(db, 'alarm_history'), 'alarm_id', 'project_id', 'user_id', 'type', 'detail_json', 'at')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .execute();
  await texts(table(db, 'alarm_notice'), 'url', 'body_json', 'owner_json', 'due_at')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('tries', 'integer', (c) => c.notNull())
    .execute();
  await table(db, 'alarm_quota')
    .addColumn('project_id', 'text', (c) => c.primaryKey())
    .addColumn('alarms', 'bigint', (c) => c.notNull())
    .execute();
  await table(db, 'alarm_cursor')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .execute();
}

const index = (db: Kysely<unknown>, on: string, columns: string[]): Promise<void> =>
  db.schema
    .createIndex([on, ...columns].join('_'))
    .ifNotExists()
    .on(on)
    .columns(columns)
    .execute();
