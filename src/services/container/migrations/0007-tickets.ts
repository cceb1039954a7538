import { texts } from '#kernel/db/columns.ts';
import type { Migration } from '#kernel/db/migrate.ts';

export const createTickets: Migration = {
  name: '0007-tickets',
  async up(db) {
    const table = db.schema.createTable('container_ticket').ifNotExists();
    await texts(table, 'container_id', 'project_id', 'user_json', 'expires_at')
      .addColumn('digest', 'text', (c) => c.primaryKey())
      .addColumn('exec_id', 'text')
      .addColumn('command_json', 'text')
      .addColumn('used_at', 'text')
      .execute();
    await db.schema
      .createIndex('container_ticket_container_id')
      .ifNotExists()
      .on('container_ticket')
      .column('container_id')
      .execute();
    await db.schema
      .createIndex('container_ticket_expires_at')
      .ifNotExists()
      .on('container_ticket')
      .column('expires_at')
      .execute();
  },
};
