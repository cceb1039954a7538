import { sql, type Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';
import { index, objects } from './objects.ts';

const text = (db: Kysely<unknown>, table: string, column: string, value: string) =>
  db.schema
    .alterTable(table)
    .addColumn(column, 'text', (c) => c.notNull().defaultTo(value))
    .execute();

/** Quality of service, port forwardings, trunks, second bindings, agents' settings, VLANs by physical network. */
export const addTraffic: Migration = {
  name: '0003-traffic',
  async up(db) {
    await qos(db);
    await forwarding(db);
    await trunks(db);
    await texts(
      db.schema.createTable('network_agent').addColumn('id', 'text', (c) => c.primaryKey()),
      'description',
    )
      .addColumn('admin_state_up', 'bigint', (c) => c.notNull())
      .execute();
    for (const table of ['network_network', 'network_router'])
      await text(db, table, 'availability_zone_hints', '[]');
    await sql`create unique index network_network_segment
      on network_network (network_type, coalesce(physical_network, ''), segmentation_id)`.execute(db);
  },
};

async function qos(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_qos_policy', { numbers: ['is_default'] }).execute();
  await index(db, 'network_qos_policy', 'project_id');
  await objects(db, 'network_qos_rule', {
    text: ['policy_id', 'direction'],
    numbers: ['max_kbps', 'max_burst_kbps'],
  })
    .addForeignKeyConstraint('qos_rule_policy', ['policy_id'], 'network_qos_policy', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .addUniqueConstraint('network_qos_rule_direction', ['policy_id', 'direction'])
    .execute();
  for (const table of ['network_network', 'network_port', 'network_floating_ip']) {
    await db.schema.alterTable(table).addColumn('qos_policy_id', 'text').execute();
    await index(db, table, 'qos_policy_id');
  }
}

async function forwarding(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_port_forwarding', {
    text: ['floating_ip_id', 'protocol', 'internal_port_id', 'internal_ip_address'],
    numbers: ['internal_port_min', 'internal_port_max', 'external_port_min', 'external_port_max'],
  })
    .addForeignKeyConstraint(
      'forwarding_floating_ip',
      ['floating_ip_id'],
      'network_floating_ip',
      ['id'],
      (c) => c.onDelete('cascade'),
    )
    .addForeignKeyConstraint('forwarding_port', ['internal_port_id'], 'network_port', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .execute();
  await index(db, 'network_port_forwarding', 'floating_ip_id');
  await index(db, 'network_port_forwarding', 'internal_port_id');
}

async function trunks(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_trunk', { text: ['port_id', 'status'], numbers: ['admin_state_up'] })
    .addUniqueConstraint('network_trunk_port', ['port_id'])
    .addForeignKeyConstraint('trunk_port', ['port_id'], 'network_port', ['id'])
    .execute();
  await index(db, 'network_trunk', 'project_id');
  await texts(
    db.schema.createTable('network_subport').addColumn('port_id', 'text', (c) => c.primaryKey()),
    'trunk_id',
    'segmentation_type',
  )
    .addColumn('segmentation_id', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('network_subport_segment', ['trunk_id', 'segmentation_type', 'segmentation_id'])
    .addForeignKeyConstraint('subport_trunk', ['trunk_id'], 'network_trunk', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .addForeignKeyConstraint('subport_port', ['port_id'], 'network_port', ['id'])
    .execute();
  await texts(db.schema.createTable('network_binding'), 'port_id', 'host', 'vnic_type', 'profile')
    .addPrimaryKeyConstraint('network_binding_pk', ['port_id', 'host'])
    .addForeignKeyConstraint('binding_port', ['port_id'], 'network_port', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .execute();
}
