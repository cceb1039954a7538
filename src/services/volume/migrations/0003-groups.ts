import type { Migration } from '#kernel/db/migrate.ts';
import { index, table } from './table.ts';

const OWNED = 'project_id user_id status group_type_id created_at updated_at';

/** Groups of volumes, their types, and snapshots of all that is in one. */
export const createGroups: Migration = {
  name: '0003-groups',
  async up(db) {
    await table(db, 'volume_group_type', {
      texts: 'name group_specs created_at updated_at',
      nullable: 'description',
      numbers: 'version is_public',
    });
    await index(db, 'volume_group_type', ['name'], true);
    await table(db, 'volume_group', {
      texts: `${OWNED} volume_types availability_zone`,
      nullable: 'name description group_snapshot_id source_group_id',
      numbers: 'version',
    });
    await index(db, 'volume_group', ['project_id', 'created_at', 'id']);
    await table(db, 'volume_group_snapshot', {
      texts: `${OWNED} group_id`,
      nullable: 'name description',
      numbers: 'version',
    });
    await index(db, 'volume_group_snapshot', ['project_id', 'created_at', 'id']);
    await index(db, 'volume_group_snapshot', ['group_id']);
    await index(db, 'volume_volume', ['group_id']);
    await index(db, 'volume_snapshot', ['group_snapshot_id']);
  },
};
