import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

/** What there is beside stacks: their snapshots, what resources were told, and software for servers. */
export const createAroundStacks: Migration = {
  name: '0002-around-stacks',
  async up(db) {
    await texts(table(db, 'stack_snapshot'), 'stack_id', 'name', 'status', 'status_reason', 'created_at')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('sealed_data', 'text')
      .execute();
    await texts(table(db, 'stack_signal'), 'resource_id', 'sealed_details', 'at')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .execute();
    await texts(table(db, 'software_config'), 'project_id', 'name', 'group_name', 'sealed_body', 'created_at')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .execute();
    await texts(
      table(db, 'software_deployment'),
      ...(['project_id', 'config_id', 'server_id', 'stack_user_project_id', 'action', 'status'] as const),
      ...(['status_reason', 'sealed_values', 'created_at'] as const),
    )
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('updated_at', 'text')
      .execute();
    await index(db, 'stack_snapshot', ['stack_id', 'created_at']);
    await index(db, 'stack_signal', ['resource_id', 'at', 'id']);
    await index(db, 'software_config', ['project_id', 'created_at', 'id']);
    await index(db, 'software_deployment', ['project_id', 'server_id', 'created_at']);
    await index(db, 'software_deployment', ['config_id']);
  },
};

const table = (db: Kysely<unknown>, name: string) => db.schema.createTable(name).ifNotExists();

const index = (db: Kysely<unknown>, on: string, columns: string[]): Promise<void> =>
  db.schema
    .createIndex([on, ...columns].join('_'))
    .ifNotExists()
    .on(on)
    .columns(columns)
    .execute();
