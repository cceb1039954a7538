import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

const table = (db: Kysely<unknown>, name: string) => db.schema.createTable(`identity_${name}`).ifNotExists();

/** Keys of tokens, former passwords, failed attempts, passcodes that were used. */
export const addAuthentication: Migration = {
  name: '0006-authentication',
  async up(db) {
    await texts(
      table(db, 'token_key').addColumn('id', 'text', (c) => c.primaryKey()),
      'key_sealed',
      'signs_from',
    ).execute();
    for (const column of ['password_expires_at', 'active_at'])
      await db.schema.alterTable('identity_user').addColumn(column, 'text').execute();
    await texts(
      table(db, 'past_password').addColumn('id', 'text', (c) => c.primaryKey()),
      'user_id',
      'password_hash',
      'created_at',
    ).execute();
    await db.schema
      .createIndex('identity_past_password_user')
      .ifNotExists()
      .on('identity_past_password')
      .columns(['user_id', 'created_at'])
      .execute();
    await texts(table(db, 'attempt'), 'user_id', 'factor', 'failed_at')
      .addColumn('failed', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('identity_attempt_pk', ['user_id', 'factor'])
      .execute();
    await texts(
      table(db, 'used_passcode').addColumn('id', 'text', (c) => c.primaryKey()),
      'expires_at',
    ).execute();
  },
};
