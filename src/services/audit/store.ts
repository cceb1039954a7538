import { sql } from 'kysely';
import { fromRow } from '#kernel/audit/audit-log.ts';
import type { AuditRecord } from '#kernel/audit/record.ts';
import type { AuditTables } from '#kernel/audit/tables.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest } from '#kernel/errors.ts';
import { toPage, type Page } from '#kernel/paging.ts';
import type { RecordQuery } from './schema.ts';

const EQUAL = ['project_id', 'user_id', 'service', 'action', 'outcome', 'request_id'] as const;

/** Newest first. @throws CloudError `bad-request` for a marker that is no record. */
export async function listRecords(db: Db<AuditTables>, query: RecordQuery): Promise<Page<AuditRecord>> {
  const limit = query.limit ?? 100;
  let rows = db.selectFrom('audit_record').selectAll();
  for (const column of EQUAL) if (query[column] !== undefined) rows = rows.where(column, '=', query[column]);
  const { target, since, until, marker } = query;
  if (target !== undefined) rows = rows.where(sql<boolean>`replace(target, ${target}, '') <> target`);
  if (since !== undefined) rows = rows.where('at', '>=', utc(since));
  if (until !== undefined) rows = rows.where('at', '<', utc(until));
  if (marker !== undefined) {
    const { at } = await getPlace(db, marker);
    rows = rows.where((eb) => eb(eb.refTuple('at', 'id'), '<', eb.tuple(at, marker)));
  }
  const found = await rows
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(found.map(fromRow), limit);
}

async function getPlace(db: Db<AuditTables>, id: string): Promise<{ at: string }> {
  const row = await db.selectFrom('audit_record').select('at').where('id', '=', id).executeTakeFirst();
  if (!row) throw badRequest('The marker is not the id of a record.');
  return row;
}

const utc = (time: string): string => new Date(time).toISOString();
