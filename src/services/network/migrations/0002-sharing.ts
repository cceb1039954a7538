import { sql, type Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import { nameUuid } from '#kernel/ids.ts';
import type { Migration } from '#kernel/db/migrate.ts';
import { index, objects } from './objects.ts';

const RULES = '8b0a6d1c-7d0e-4a51-9d58-5c0c5b1f7e21';
const BEGINNING = '2024-01-01T00:00:00.000Z';

/** Who may use what of others. A network's old flags become entries for everybody. */
export const addSharing: Migration = {
  name: '0002-sharing',
  async up(db) {
    await objects(db, 'network_rbac', { text: ['object_type', 'object_id', 'action', 'target_project'] })
      .addUniqueConstraint('network_rbac_entry', ['object_id', 'action', 'target_project'])
      .execute();
    await index(db, 'network_rbac', 'target_project');
    await index(db, 'network_rbac', 'project_id');
    for (const [flag, action] of [
      ['shared', 'access_as_shared'],
      ['external', 'access_as_external'],
    ] as const)
      await sql`insert into network_rbac
        (id, project_id, name, description, tags, created_at, updated_at, revision,
         object_type, object_id, action, target_project)
        select ${`${flag}-`} || id, project_id, '', '', '[]', created_at, updated_at, 1,
          'network', id, ${action}, '*' from network_network where ${sql.ref(flag)} = 1`.execute(db);
    await db.schema.alterTable('network_network').dropColumn('shared').execute();
    await pools(db);
    await addressGroups(db);
  },
};

async function pools(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_address_scope', { numbers: ['ip_version'] }).execute();
  await objects(db, 'network_subnet_pool', {
    text: ['prefixes'],
    optional: ['address_scope_id'],
    numbers: ['ip_version', 'is_default', 'min_prefixlen', 'max_prefixlen', 'default_prefixlen'],
  })
    .addColumn('default_quota', 'bigint')
    .execute();
  await db.schema.alterTable('network_subnet').addColumn('subnetpool_id', 'text').execute();
  await db.schema
    .alterTable('network_subnet')
    .addColumn('service_types', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute();
  await index(db, 'network_subnet', 'subnetpool_id');
  for (const table of ['network_address_scope', 'network_subnet_pool']) await index(db, table, 'project_id');
}

async function addressGroups(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_address_group', { text: ['addresses'] }).execute();
  await index(db, 'network_address_group', 'project_id');
  await db.schema.alterTable('network_rule').addColumn('remote_address_group_id', 'text').execute();
  await index(db, 'network_rule', 'remote_address_group_id');
  await objects(db, 'network_default_rule', {
    text: ['direction', 'ethertype'],
    optional: ['protocol', 'remote_ip_prefix', 'remote_group_id', 'remote_address_group_id'],
    numbers: ['used_in_default_sg', 'used_in_non_default_sg'],
  })
    .addColumn('port_range_min', 'bigint')
    .addColumn('port_range_max', 'bigint')
    .execute();
  await firstDefaults(db);
  await texts(db.schema.createTable('network_auto_topology').ifNotExists(), 'network_id', 'router_id')
    .addColumn('project_id', 'text', (c) => c.primaryKey())
    .execute();
}

/** What Neutron gives new groups: everything out, and in the default group everything in from its own members. */
async function firstDefaults(db: Kysely<unknown>): Promise<void> {
  for (const ethertype of ['IPv4', 'IPv6'])
    for (const direction of ['egress', 'ingress'])
      await sql`insert into network_default_rule
        (id, project_id, name, description, tags, created_at, updated_at, revision, direction, ethertype,
         remote_group_id, used_in_default_sg, used_in_non_default_sg)
        values (${nameUuid(RULES, direction + ethertype)}, '', '', '', '[]', ${BEGINNING}, ${BEGINNING}, 1,
          ${direction}, ${ethertype}, ${direction === 'ingress' ? 'PARENT' : null}, 1,
          ${direction === 'egress' ? 1 : 0}) on conflict do nothing`.execute(db);
}
