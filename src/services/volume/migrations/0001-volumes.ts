import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';
import { index, table } from './table.ts';

const OWNED = 'project_id created_at';

export const createVolumes: Migration = {
  name: '0001-volumes',
  async up(db) {
    await volumes(db);
    await snapshots(db);
    await attachments(db);
    await copies(db);
    await others(db);
    await quotas(db);
  },
};

async function volumes(db: Kysely<unknown>): Promise<void> {
  await table(db, 'volume_volume', {
    texts: `${OWNED} backend updated_at user_id status type_id availability_zone metadata image_metadata content pending read_only`,
    nullable: 'name description snapshot_id source_volid group_id migration_status host',
    numbers: 'version size wanted_size generation bootable multiattach desired',
  });
  await index(db, 'volume_volume', ['project_id', 'created_at', 'id']);
  await index(db, 'volume_volume', ['host']);
  await index(db, 'volume_volume', ['type_id']);
  await index(db, 'volume_volume', ['source_volid']);
  await index(db, 'volume_volume', ['snapshot_id']);
}

async function snapshots(db: Kysely<unknown>): Promise<void> {
  await table(db, 'volume_snapshot', {
    texts: `${OWNED} backend host updated_at user_id volume_id type_id status metadata request_id`,
    nullable: 'name description group_snapshot_id progress',
    numbers: 'version size desired generation',
  });
  await index(db, 'volume_snapshot', ['project_id', 'created_at', 'id']);
  await index(db, 'volume_snapshot', ['volume_id']);
  await index(db, 'volume_snapshot', ['host']);
}

async function attachments(db: Kysely<unknown>): Promise<void> {
  await table(db, 'volume_attachment', {
    texts: `${OWNED} backend host volume_id mode status connector`,
    nullable: 'instance host_name mountpoint attached_at device',
    numbers: 'version desired generation',
  });
  await index(db, 'volume_attachment', ['project_id', 'created_at', 'id']);
  await index(db, 'volume_attachment', ['volume_id']);
  await index(db, 'volume_attachment', ['host']);
}

async function copies(db: Kysely<unknown>): Promise<void> {
  await table(db, 'volume_backup', {
    texts: `${OWNED} backend host updated_at user_id volume_id status metadata volume_metadata availability_zone data_timestamp request_id`,
    nullable: 'snapshot_id parent_id name description fail_reason container restoring_to',
    numbers: 'version size object_count desired generation',
  });
  await index(db, 'volume_backup', ['project_id', 'created_at', 'id']);
  await index(db, 'volume_backup', ['volume_id']);
  await index(db, 'volume_backup', ['parent_id']);
  await index(db, 'volume_backup', ['host', 'desired']);
  await table(db, 'volume_upload', {
    texts: 'project_id backend host volume_id format',
    nullable: 'outcome',
    numbers: 'version desired generation',
  });
}

async function others(db: Kysely<unknown>): Promise<void> {
  await table(db, 'volume_type', {
    texts: 'name extra_specs created_at updated_at',
    nullable: 'description qos_specs_id',
    numbers: 'version is_public',
  });
  await index(db, 'volume_type', ['name'], true);
  await table(db, 'volume_transfer', {
    texts: `${OWNED} volume_id name salt key_hash`,
    nullable: '',
    numbers: 'version no_snapshots',
  });
  await index(db, 'volume_transfer', ['volume_id'], true);
  await table(db, 'volume_message', {
    texts: `${OWNED} request_id resource_type resource_uuid event_id message_level user_message guaranteed_until`,
    nullable: '',
    numbers: '',
  });
  await index(db, 'volume_message', ['project_id', 'created_at', 'id']);
}

async function quotas(db: Kysely<unknown>): Promise<void> {
  for (const [name, owner] of [
    ['volume_quota', 'project_id'],
    ['volume_quota_class', 'class'],
  ] as const)
    await texts(db.schema.createTable(name).ifNotExists(), owner, 'resource')
      .addColumn('hard_limit', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint(`${name}_pk`, [owner, 'resource'])
      .execute();
}
