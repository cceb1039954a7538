import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';
import { index, objects } from './objects.ts';

async function networks(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_network', {
    text: ['status', 'dns_domain', 'network_type'],
    optional: ['physical_network'],
    numbers: [
      'admin_state_up',
      'shared',
      'external',
      'is_default',
      'mtu',
      'port_security_enabled',
      'generation',
    ],
  })
    .addColumn('segmentation_id', 'bigint')
    .execute();
  await objects(db, 'network_subnet', {
    text: ['network_id', 'cidr', 'allocation_pools', 'dns_nameservers', 'host_routes'],
    optional: ['gateway_ip', 'ipv6_ra_mode', 'ipv6_address_mode'],
    numbers: ['ip_version', 'enable_dhcp'],
  })
    .addForeignKeyConstraint('subnet_network', ['network_id'], 'network_network', ['id'])
    .execute();
}

async function ports(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_port', {
    text: [
      'network_id',
      'mac_address',
      'status',
      'device_id',
      'device_owner',
      'host',
      'device',
      'allowed_address_pairs',
      'extra_dhcp_opts',
      'vnic_type',
      'profile',
      'dns_name',
    ],
    numbers: ['admin_state_up', 'primary', 'preserved', 'port_security_enabled', 'generation'],
  })
    .addForeignKeyConstraint('port_network', ['network_id'], 'network_network', ['id'])
    .addUniqueConstraint('network_port_mac', ['network_id', 'mac_address'])
    .execute();
  await texts(db.schema.createTable('network_address').ifNotExists(), 'port_id', 'subnet_id', 'ip')
    .addColumn('position', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('network_address_pk', ['subnet_id', 'ip'])
    .addForeignKeyConstraint('address_port', ['port_id'], 'network_port', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .addForeignKeyConstraint('address_subnet', ['subnet_id'], 'network_subnet', ['id'])
    .execute();
}

async function groups(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_group', { numbers: ['stateful', 'generation'] }).execute();
  await objects(db, 'network_rule', {
    text: ['security_group_id', 'direction', 'ethertype'],
    optional: ['protocol', 'remote_ip_prefix', 'remote_group_id'],
  })
    .addColumn('port_range_min', 'bigint')
    .addColumn('port_range_max', 'bigint')
    .addForeignKeyConstraint('rule_group', ['security_group_id'], 'network_group', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .execute();
  await texts(db.schema.createTable('network_port_group').ifNotExists(), 'port_id', 'group_id')
    .addPrimaryKeyConstraint('network_port_group_pk', ['port_id', 'group_id'])
    .addForeignKeyConstraint('member_port', ['port_id'], 'network_port', ['id'], (c) => c.onDelete('cascade'))
    .addForeignKeyConstraint('member_group', ['group_id'], 'network_group', ['id'])
    .execute();
}

async function routers(db: Kysely<unknown>): Promise<void> {
  await objects(db, 'network_router', {
    text: ['status', 'routes', 'host'],
    optional: ['gateway_network_id', 'gateway_port_id'],
    numbers: ['admin_state_up', 'enable_snat', 'generation'],
  }).execute();
  await objects(db, 'network_floating_ip', {
    text: ['floating_network_id', 'floating_ip_address', 'floating_port_id', 'dns_name', 'dns_domain'],
    optional: ['port_id', 'fixed_ip_address', 'router_id'],
  })
    .addUniqueConstraint('network_floating_ip_fixed', ['port_id', 'fixed_ip_address'])
    .execute();
}

export const createCore: Migration = {
  name: '0001-core',
  async up(db) {
    await networks(db);
    await ports(db);
    await groups(db);
    await routers(db);
    await texts(db.schema.createTable('network_quota').ifNotExists(), 'project_id', 'resource')
      .addColumn('amount', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('network_quota_pk', ['project_id', 'resource'])
      .execute();
    for (const table of ['network', 'subnet', 'port', 'group', 'rule', 'router', 'floating_ip'])
      await index(db, `network_${table}`, 'project_id');
    await index(db, 'network_subnet', 'network_id');
    await index(db, 'network_port', 'network_id', 'host');
    await index(db, 'network_port', 'device_id');
    await index(db, 'network_port', 'host');
    await index(db, 'network_address', 'port_id');
    await index(db, 'network_port_group', 'group_id');
    await index(db, 'network_rule', 'security_group_id');
    await index(db, 'network_rule', 'remote_group_id');
    await index(db, 'network_floating_ip', 'router_id');
  },
};
