import {
  PostgresDialect,
  sql,
  SqliteDialect,
  type Dialect,
  type Kysely,
  type RawBuilder,
  type SelectQueryBuilder,
} from 'kysely';
import type { Pool } from 'pg';
import { NodeSqlite } from './node-sqlite.ts';
import { loadPg } from './pg.ts';
import { postgresWire } from './postgres-wire.ts';
import type { Wire } from './signals.ts';

/** All that differs between SQLite and PostgreSQL. No other file knows which one it is. */
export interface Engine {
  readonly kind: 'sqlite' | 'postgres';
  readonly dialect: Dialect;
  /** Lock the rows a worker claims, passing over those that another holds. A no-op where writes are serial anyway. */
  skipLocked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
  isUniqueViolation(thrown: unknown): boolean;
  /** One at a time of all processes on this database. Does not nest. A process that dies has ended. */
  exclusively<T>(db: Kysely<unknown>, work: () => Promise<T>): Promise<T>;
  /** From then on rows of the table can be added, and neither changed nor removed. For migrations. */
  appendOnly(db: Kysely<unknown>, table: string): Promise<void>;
  /** How the processes on this database tell each other; null where there can be one alone. */
  readonly wire: Wire | null;
}

export function openSqlite(path: string): Engine {
  const dialect = new SqliteDialect({
    database: () => Promise.resolve(new NodeSqlite(path)),
  });
  return {
    kind: 'sqlite',
    dialect,
    skipLocked: (query) => query,
    isUniqueViolation: (thrown) =>
      thrown instanceof Error && /UNIQUE constraint failed|PRIMARY KEY/.test(thrown.message),
    exclusively: (_db, work) => work(),
    appendOnly: (db, table) =>
      runAll(
        db,
        ['update', 'delete'].map(
          (verb) => sql`
            create trigger ${sql.ref(`${table}_no_${verb}`)} before ${sql.raw(verb)} on ${sql.table(table)}
            begin select raise(abort, 'records are only ever added'); end`,
        ),
      ),
    wire: null,
  };
}

/** Of this schema alone: others may live in the same database. */
const OWN_LOCK = sql.raw("hashtextextended('hydria/' || current_schema(), 0)");

export function openPostgres(url: string): Engine {
  return {
    kind: 'postgres',
    dialect: new PostgresDialect({ pool: () => openPool(url) }),
    skipLocked: (query) => query.forUpdate().skipLocked(),
    isUniqueViolation: (thrown) => thrown instanceof Error && 'code' in thrown && thrown.code === '23505',
    exclusively: (db, work) =>
      db.connection().execute(async (connection) => {
        await sql`select pg_advisory_lock(${OWN_LOCK})`.execute(connection);
        try {
          return await work();
        } finally {
          await sql`select pg_advisory_unlock(${OWN_LOCK})`.execute(connection);
        }
      }),
    appendOnly: (db, table) =>
      runAll(db, [
        sql`
          create function ${sql.ref(`${table}_refuse`)}() returns trigger language plpgsql
          as $$ begin raise exception 'records are only ever added'; end $$`,
        sql`
          create trigger ${sql.ref(`${table}_append_only`)} before update or delete or truncate on ${sql.table(table)}
          for each statement execute function ${sql.ref(`${table}_refuse`)}()`,
      ]),
    wire: postgresWire(url),
  };
}

async function openPool(url: string): Promise<Pool> {
  const pg = await loadPg();
  const types = {
    // bigint and count(*) as numbers: our counters stay far below 2^53.
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
  };
  const pool = new pg.Pool({ connectionString: url, max: 10, types });
  // A connection that breaks while idle is replaced at its next use. Unheard, the event would end the process.
  pool.on('error', () => {});
  return pool;
}

async function runAll(db: Kysely<unknown>, statements: readonly RawBuilder<unknown>[]): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
