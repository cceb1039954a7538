import type { CreateTableBuilder, Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createSecrets: Migration = {
  name: '0001-secrets',
  async up(db) {
    await secrets(db);
    await containers(db);
    await orders(db);
    await sharing(db);
    await index(db, 'secret', ['project_id', 'created_at', 'id']);
    await index(db, 'secret', ['expiration']);
    await index(db, 'secret_container', ['project_id', 'created_at', 'id']);
    await index(db, 'secret_container_member', ['secret_id']);
    await index(db, 'secret_order', ['project_id', 'created_at', 'id']);
    await index(db, 'secret_acl_user', ['user_id']);
    await index(db, 'secret_consumer', ['project_id']);
  },
};

const table = (db: Kysely<unknown>, name: string) => db.schema.createTable(name).ifNotExists();

const guarded = <T extends string, C extends string>(builder: CreateTableBuilder<T, C>) =>
  texts(builder, 'project_id', 'creator_id', 'type', 'created_at', 'updated_at')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text')
    .addColumn('project_access', 'integer', (c) => c.notNull())
    .addColumn('acl_created_at', 'text')
    .addColumn('acl_updated_at', 'text');

async function secrets(db: Kysely<unknown>): Promise<void> {
  await guarded(table(db, 'secret'))
    .addColumn('algorithm', 'text')
    .addColumn('bit_length', 'integer')
    .addColumn('mode', 'text')
    .addColumn('expiration', 'text')
    .addColumn('content_type', 'text')
    .addColumn('sealed', 'text')
    .execute();
  await texts(table(db, 'secret_metadata'), 'secret_id', 'key', 'value')
    .addPrimaryKeyConstraint('secret_metadata_pk', ['secret_id', 'key'])
    .execute();
}

async function containers(db: Kysely<unknown>): Promise<void> {
  await guarded(table(db, 'secret_container')).execute();
  await texts(table(db, 'secret_container_member'), 'container_id', 'secret_id')
    .addColumn('place', 'integer', (c) => c.notNull())
    .addColumn('name', 'text')
    .addPrimaryKeyConstraint('secret_container_member_pk', ['container_id', 'place'])
    .execute();
}

async function orders(db: Kysely<unknown>): Promise<void> {
  const order = table(db, 'secret_order');
  await texts(order, 'project_id', 'creator_id', 'type', 'meta_json', 'status', 'created_at', 'updated_at')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('sealed_passphrase', 'text')
    .addColumn('error_status', 'text')
    .addColumn('error_reason', 'text')
    .addColumn('secret_id', 'text')
    .addColumn('container_id', 'text')
    .execute();
}

async function sharing(db: Kysely<unknown>): Promise<void> {
  await texts(table(db, 'secret_acl_user'), 'object_id', 'user_id')
    .addPrimaryKeyConstraint('secret_acl_user_pk', ['object_id', 'user_id'])
    .execute();
  await texts(table(db, 'secret_consumer'), 'object_id', 'project_id', 'what_json', 'created_at')
    .addPrimaryKeyConstraint('secret_consumer_pk', ['object_id', 'what_json'])
    .execute();
  await table(db, 'secret_quota')
    .addColumn('project_id', 'text', (c) => c.primaryKey())
    .addColumn('secrets', 'bigint')
    .addColumn('orders', 'bigint')
    .addColumn('containers', 'bigint')
    .addColumn('consumers', 'bigint')
    .addColumn('cas', 'bigint')
    .execute();
  await texts(table(db, 'secret_authority'), 'certificate', 'sealed_key', 'created_at')
    .addColumn('owner', 'text', (c) => c.primaryKey())
    .execute();
}

const index = (db: Kysely<unknown>, on: string, columns: string[]): Promise<void> =>
  db.schema
    .createIndex([on, ...columns].join('_'))
    .ifNotExists()
    .on(on)
    .columns(columns)
    .execute();
