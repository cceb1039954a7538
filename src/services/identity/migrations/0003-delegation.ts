import type { Kysely } from 'kysely';
import { fromJson, texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';
import type { AccessRule } from '../model/credential.ts';
import type { IdentityTables } from '../tables.ts';

/** Trusts, access rules, credentials, and what OAuth consumers are given. */
export const createDelegation: Migration = {
  name: '0003-delegation',
  async up(db) {
    await createTrusts(db);
    await createAccessRules(db);
    await createUserCredentials(db);
    await createOauth(db);
  },
};

const table = (db: Kysely<unknown>, name: string) =>
  db.schema
    .createTable(`identity_${name}`)
    .ifNotExists()
    .addColumn('id', 'text', (c) => c.primaryKey());

async function createTrusts(db: Kysely<unknown>): Promise<void> {
  await texts(table(db, 'trust'), 'trustor_user_id', 'trustee_user_id', 'role_ids_json')
    .addColumn('project_id', 'text')
    .addColumn('impersonation', 'integer', (c) => c.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('remaining_uses', 'integer')
    .addColumn('redelegation_count', 'integer', (c) => c.notNull())
    .addColumn('redelegated_trust_id', 'text')
    .execute();
  for (const column of ['trustor_user_id', 'trustee_user_id', 'project_id']) await index(db, 'trust', column);
}

async function createAccessRules(db: Kysely<unknown>): Promise<void> {
  await texts(table(db, 'access_rule'), 'user_id', 'service', 'method', 'path')
    .addUniqueConstraint('identity_access_rule_unique', ['user_id', 'service', 'method', 'path'])
    .execute();
  const tables = db as Kysely<IdentityTables & { identity_access_rule: AccessRule & { user_id: string } }>;
  const held = await tables
    .selectFrom('identity_app_credential')
    .select(['user_id', 'access_rules_json'])
    .execute();
  for (const { user_id, access_rules_json } of held)
    for (const { id, service, method, path } of fromJson<AccessRule[] | null>(access_rules_json ?? 'null') ??
      [])
      await tables
        .insertInto('identity_access_rule')
        .values({ id, user_id, service, method, path })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
}

async function createUserCredentials(db: Kysely<unknown>): Promise<void> {
  await texts(table(db, 'credential'), 'user_id', 'type', 'blob_sealed')
    .addColumn('project_id', 'text')
    .addColumn('key_hash', 'text', (c) => c.unique())
    .execute();
  await index(db, 'credential', 'user_id');
}

async function createOauth(db: Kysely<unknown>): Promise<void> {
  await texts(table(db, 'oauth_consumer'), 'description', 'secret_sealed').execute();
  await texts(table(db, 'oauth_token'), 'kind', 'consumer_id', 'project_id', 'secret_sealed', 'role_ids_json')
    .addColumn('user_id', 'text')
    .addColumn('verifier', 'text')
    .addColumn('expires_at', 'text')
    .execute();
  await index(db, 'oauth_token', 'user_id');
}

const index = (db: Kysely<unknown>, name: string, column: string) =>
  db.schema
    .createIndex(`identity_${name}_${column}`)
    .ifNotExists()
    .on(`identity_${name}`)
    .column(column)
    .execute();
