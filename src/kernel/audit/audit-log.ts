import { isoTime, type Clock } from '../clock.ts';
import type { Database, Db, Tx } from '../db/database.ts';
import { newUuid } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { AuditRecord, NewAuditRecord } from './record.ts';
import type { AuditRow, AuditTables } from './tables.ts';

export interface AuditDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

const BATCH = 50;

/**
 * The memory of all changes. The database refuses to change or forget a record. Records that are due at the same time share
 * one write.
 */
export class AuditLog {
  readonly #deps: AuditDeps;
  #due: AuditRow[] = [];
  #writing: Promise<void> | null = null;

  constructor(deps: AuditDeps) {
    this.#deps = deps;
  }

  /** Resolves when the record is durable. A database that cannot take it fails nobody's request: then it is in the log. */
  append(record: NewAuditRecord): Promise<void> {
    this.#due.push(this.#row(record));
    this.#writing ??= this.#writeAll();
    return this.#writing;
  }

  /** In the transaction of what it tells of. */
  async write<Tables>(tx: Tx<Tables>, record: NewAuditRecord): Promise<void> {
    await insert(tx as unknown as Tx<AuditTables>, [this.#row(record)]);
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // what is appended in the same turn goes along
    while (this.#due.length > 0) {
      const rows = this.#due.splice(0, BATCH);
      await insert(this.#deps.database.handle(), rows).catch((err: unknown) =>
        this.#deps.log.error({ err, records: rows }, 'audit records could not be stored'),
      );
    }
    this.#writing = null;
  }

  #row(record: NewAuditRecord): AuditRow {
    return toRow({ ...record, id: newUuid(), at: isoTime(this.#deps.clock.now()) });
  }
}

const insert = (db: Db<AuditTables>, rows: readonly AuditRow[]) =>
  db.insertInto('audit_record').values(rows).execute();

const toRow = ({ requestId, user, projectId, ...rest }: AuditRecord): AuditRow => ({
  ...rest,
  request_id: requestId,
  user_id: user.id,
  user_name: user.name,
  user_domain_id: user.domain.id,
  user_domain_name: user.domain.name,
  project_id: projectId,
});

export const fromRow = (row: AuditRow): AuditRecord => ({
  id: row.id,
  at: row.at,
  requestId: row.request_id,
  service: row.service,
  action: row.action,
  outcome: row.outcome as AuditRecord['outcome'],
  user: {
    id: row.user_id,
    name: row.user_name,
    domain: { id: row.user_domain_id, name: row.user_domain_name },
  },
  projectId: row.project_id,
  target: row.target,
  source: row.source,
  reason: row.reason,
});
