import { sql, type Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createStacks: Migration = {
  name: '0001-stacks',
  async up(db) {
    await stacks(db);
    await resources(db);
    await events(db);
    // Nested stacks may be called alike, and so may those that are gone.
    await db.schema
      .createIndex('stack_name')
      .ifNotExists()
      .unique()
      .on('stack')
      .columns(['project_id', 'name'])
      .where(sql.ref('deleted_at'), 'is', null)
      .where(sql.ref('parent_id'), 'is', null)
      .execute();
    await index(db, 'stack', ['project_id', 'created_at', 'id']);
    await index(db, 'stack', ['parent_id']);
    await index(db, 'stack', ['root_id']);
    await index(db, 'stack_resource', ['stack_id', 'name']);
    await index(db, 'stack_resource', ['physical_id']);
    await index(db, 'stack_event', ['stack_id', 'place']);
  },
};

const table = (db: Kysely<unknown>, name: string) => db.schema.createTable(name).ifNotExists();

async function stacks(db: Kysely<unknown>): Promise<void> {
  const stack = texts(
    table(db, 'stack'),
    'name',
    'project_id',
    'actor_json',
    'owner',
    'root_id',
    'description',
    'tags_json',
    'action',
    'status',
    'status_reason',
    'sealed_recipe',
    'traversal',
    'deadline',
    'created_at',
  );
  await stack
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('parent_id', 'text')
    .addColumn('parent_resource', 'text')
    .addColumn('sealed_former', 'text')
    .addColumn('disable_rollback', 'integer', (c) => c.notNull())
    .addColumn('timeout_minutes', 'integer')
    .addColumn('updated_at', 'text')
    .addColumn('deleted_at', 'text')
    .execute();
}

async function resources(db: Kysely<unknown>): Promise<void> {
  const resource = texts(
    table(db, 'stack_resource'),
    'stack_id',
    'name',
    'type',
    'made_by',
    'action',
    'status',
    'status_reason',
    'physical_name',
    'sealed_contents',
    'metadata_json',
    'needs_json',
    'traversal',
    'deletion_policy',
    'created_at',
    'updated_at',
  );
  await resource
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('physical_id', 'text')
    .addColumn('replaced_by', 'text')
    .execute();
}

async function events(db: Kysely<unknown>): Promise<void> {
  const event = texts(
    table(db, 'stack_event'),
    'stack_id',
    'resource_name',
    'resource_type',
    'action',
    'status',
    'status_reason',
    'at',
  );
  await event
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('place', 'bigint', (c) => c.notNull())
    .addColumn('physical_id', 'text')
    .execute();
}

const index = (db: Kysely<unknown>, on: string, columns: string[]): Promise<void> =>
  db.schema
    .createIndex([on, ...columns].join('_'))
    .ifNotExists()
    .on(on)
    .columns(columns)
    .execute();
