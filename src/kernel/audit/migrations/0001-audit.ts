import { texts } from '../../db/columns.ts';
import type { Migration } from '../../db/migrate.ts';

export const createAudit: Migration = {
  name: '0001-audit',
  async up(db, engine) {
    const table = texts(
      db.schema.createTable('audit_record'),
      'id',
      'at',
      'request_id',
      'service',
      'action',
      'outcome',
      'user_id',
      'user_name',
      'user_domain_id',
      'user_domain_name',
      'target',
      'source',
      'reason',
    );
    await table.addColumn('project_id', 'text').addPrimaryKeyConstraint('audit_record_pk', ['id']).execute();
    await db.schema.createIndex('audit_at').on('audit_record').columns(['at', 'id']).execute();
    await db.schema
      .createIndex('audit_project')
      .on('audit_record')
      .columns(['project_id', 'at', 'id'])
      .execute();
    await engine.appendOnly(db, 'audit_record');
  },
};
