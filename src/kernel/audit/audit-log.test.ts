import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { AuditLog, fromRow } from './audit-log.ts';
import { createAudit } from './migrations/0001-audit.ts';
import type { NewAuditRecord } from './record.ts';
import type { AuditTables } from './tables.ts';

const SCHEMA = { name: 'audit', migrations: [createAudit] };
const clock = systemClock;
const log = silentLogger;

const aRecord = (target: string): NewAuditRecord => ({
  requestId: 'req-1',
  service: 'image',
  action: 'create-image',
  outcome: 'success',
  user: { id: 'u', name: 'somebody', domain: { id: 'default', name: 'Default' } },
  projectId: 'p',
  target,
  source: '127.0.0.1',
  reason: '',
});

const recordsOf = async (database: Database) =>
  (await database.handle<AuditTables>().selectFrom('audit_record').selectAll().execute()).map(fromRow);

forEachDatabase('audit log', (openDatabase) => {
  it('keeps every record that it was given, many at a time too', async () => {
    const database = await openDatabase(SCHEMA);
    const audit = new AuditLog({ database, clock, log });
    const targets = Array.from({ length: 120 }, (_, index) => `/v2/images/${index}`);
    await Promise.all(targets.map((target) => audit.append(aRecord(target))));
    await audit.append(aRecord('last'));
    const records = await recordsOf(database);
    expect(new Set(records.map(({ target }) => target))).toEqual(new Set([...targets, 'last']));
    expect(records[0]).toMatchObject({ user: { name: 'somebody' }, projectId: 'p', outcome: 'success' });
  });

  it('neither changes nor forgets a record, whoever asks', async () => {
    const database = await openDatabase(SCHEMA);
    await new AuditLog({ database, clock, log }).append(aRecord('kept'));
    const db = database.handle<AuditTables>();
    await expect(db.updateTable('audit_record').set({ user_id: 'another' }).execute()).rejects.toThrow(
      'only ever added',
    );
    await expect(db.deleteFrom('audit_record').execute()).rejects.toThrow('only ever added');
    expect(await recordsOf(database)).toHaveLength(1);
  });

  it('writes a record with the change that it tells of, or not at all', async () => {
    const database = await openDatabase(SCHEMA);
    const audit = new AuditLog({ database, clock, log });
    const change = database.transaction(async (tx) => {
      await audit.write(tx, aRecord('undone'));
      throw new Error('the change failed');
    });
    await expect(change).rejects.toThrow('the change failed');
    expect(await recordsOf(database)).toEqual([]);
  });
});
