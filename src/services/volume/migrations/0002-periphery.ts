import type { Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';
import { index, table } from './table.ts';

/** What stands around volumes: who may have a type, how it is encrypted and throttled, and what administrators closed. */
export const createPeriphery: Migration = {
  name: '0002-periphery',
  async up(db) {
    await typeAccess(db);
    await table(db, 'volume_encryption', {
      texts: 'encryption_id provider control_location created_at updated_at',
      nullable: 'cipher',
      numbers: 'version key_size',
    });
    await table(db, 'volume_qos', {
      texts: 'name consumer specs created_at updated_at',
      nullable: '',
      numbers: 'version',
    });
    await index(db, 'volume_qos', ['name'], true);
    await index(db, 'volume_type', ['qos_specs_id']);
    await table(db, 'volume_service', {
      texts: 'created_at updated_at',
      nullable: 'disabled_reason',
      numbers: 'version disabled frozen',
    });
    await table(db, 'volume_default_type', {
      texts: 'type_id created_at',
      nullable: '',
      numbers: '',
    });
    await index(db, 'volume_default_type', ['type_id']);
  },
};

async function typeAccess(db: Kysely<unknown>): Promise<void> {
  await texts(db.schema.createTable('volume_type_access').ifNotExists(), 'type_id', 'project_id')
    .addPrimaryKeyConstraint('volume_type_access_pk', ['type_id', 'project_id'])
    .execute();
  await index(db, 'volume_type_access', ['project_id']);
}
