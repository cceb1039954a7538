import { texts } from '../../db/columns.ts';
import type { Migration } from '../../db/migrate.ts';

export const createVault: Migration = {
  name: '0001-vault',
  async up(db) {
    await texts(db.schema.createTable('vault_key'), 'scope', 'master', 'wrapped')
      .addPrimaryKeyConstraint('vault_key_pk', ['scope'])
      .execute();
  },
};
