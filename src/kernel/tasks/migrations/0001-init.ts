import { sql } from 'kysely';
import { texts } from '../../db/columns.ts';
import type { Migration } from '../../db/migrate.ts';

export const init: Migration = {
  name: '0001-init',
  async up(db) {
    const open = sql<boolean>`state in ('pending', 'running', 'waiting', 'undoing')`;
    await texts(db.schema.createTable('task'), 'kind', 'target', 'ctx', 'input', 'state')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('project', 'text')
      .addColumn('step', 'text')
      .addColumn('attempt', 'bigint', (c) => c.notNull())
      .addColumn('run_at', 'text', (c) => c.notNull())
      .addColumn('worker', 'text')
      .addColumn('fence', 'bigint', (c) => c.notNull())
      .addColumn('wakes', 'bigint', (c) => c.notNull())
      .addColumn('waits_for', 'text')
      .addColumn('error', 'text')
      .addColumn('failure', 'text')
      .addColumn('cancel', 'text')
      .addColumn('patience', 'bigint', (c) => c.notNull())
      .addColumn('deadline', 'text', (c) => c.notNull())
      .addColumn('place', 'bigint', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('updated_at', 'text', (c) => c.notNull())
      .addCheckConstraint(
        'task_state',
        sql`state in ('queued', 'pending', 'running', 'waiting', 'undoing', 'done', 'failed')`,
      )
      .execute();
    await db.schema.createIndex('task_open').on('task').column('target').unique().where(open).execute();
    await db.schema.createIndex('task_due').on('task').column('run_at').where(open).execute();
    await db.schema.createIndex('task_target').on('task').column('target').execute();
    await texts(db.schema.createTable('task_step'), 'name', 'output', 'state', 'at')
      .addColumn('task', 'text', (c) => c.notNull().references('task.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('task_step_pk', ['task', 'name'])
      .execute();
  },
};
