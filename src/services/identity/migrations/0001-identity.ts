import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

const table = (db: Kysely<unknown>, name: string) => db.schema.createTable(`identity_${name}`).ifNotExists();
const withId = (db: Kysely<unknown>, name: string) =>
  table(db, name).addColumn('id', 'text', (c) => c.primaryKey());

export const createIdentity: Migration = {
  name: '0001-identity',
  async up(db) {
    await createPeople(db);
    await createRoles(db);
    await createCatalog(db);
    await createCredentials(db);
  },
};

async function createPeople(db: Kysely<unknown>): Promise<void> {
  await texts(
    withId(db, 'project'),
    'name',
    'domain_id',
    'parent_id',
    'description',
    'tags_json',
    'options_json',
  )
    .addColumn('is_domain', 'integer', (c) => c.notNull())
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addUniqueConstraint('identity_project_name', ['domain_id', 'name'])
    .execute();
  await texts(withId(db, 'user'), 'name', 'domain_id', 'options_json', 'password_changed_at')
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addColumn('default_project_id', 'text')
    .addColumn('description', 'text')
    .addColumn('email', 'text')
    .addColumn('password_hash', 'text')
    .addUniqueConstraint('identity_user_name', ['domain_id', 'name'])
    .execute();
  await texts(withId(db, 'group'), 'name', 'domain_id', 'description')
    .addUniqueConstraint('identity_group_name', ['domain_id', 'name'])
    .execute();
  await texts(table(db, 'membership'), 'user_id', 'group_id')
    .addPrimaryKeyConstraint('identity_membership_pk', ['user_id', 'group_id'])
    .execute();
}

async function createRoles(db: Kysely<unknown>): Promise<void> {
  await texts(withId(db, 'role'), 'name', 'domain_id', 'options_json')
    .addColumn('description', 'text')
    .addUniqueConstraint('identity_role_name', ['domain_id', 'name'])
    .execute();
  await texts(table(db, 'implied_role'), 'prior_id', 'implied_id')
    .addPrimaryKeyConstraint('identity_implied_role_pk', ['prior_id', 'implied_id'])
    .execute();
  const columns = ['actor_kind', 'actor_id', 'target_kind', 'target_id', 'role_id'] as const;
  await texts(table(db, 'assignment'), ...columns)
    .addColumn('inherited', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('identity_assignment_pk', [...columns, 'inherited'])
    .execute();
  await db.schema
    .createIndex('identity_assignment_target')
    .ifNotExists()
    .on('identity_assignment')
    .columns(['target_kind', 'target_id'])
    .execute();
}

async function createCatalog(db: Kysely<unknown>): Promise<void> {
  await texts(withId(db, 'region'), 'description').addColumn('parent_region_id', 'text').execute();
  await texts(withId(db, 'service'), 'type', 'name', 'description')
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .execute();
  await texts(withId(db, 'endpoint'), 'service_id', 'interface', 'url')
    .addColumn('region_id', 'text')
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .execute();
}

async function createCredentials(db: Kysely<unknown>): Promise<void> {
  await texts(withId(db, 'app_credential'), 'name', 'user_id', 'project_id', 'secret_hash', 'roles_json')
    .addColumn('description', 'text')
    .addColumn('expires_at', 'text')
    .addColumn('unrestricted', 'integer', (c) => c.notNull())
    .addColumn('access_rules_json', 'text')
    .addUniqueConstraint('identity_app_credential_name', ['user_id', 'name'])
    .execute();
  await texts(withId(db, 'revocation'), 'kind', 'value', 'issued_before', 'expires_at').execute();
}
