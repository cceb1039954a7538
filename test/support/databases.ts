import { afterEach, describe } from 'vitest';
import { Database, type DatabaseConfig } from '#kernel/db/database.ts';
import { migrate, type Migration } from '#kernel/db/migrate.ts';
import { newPostgres } from './postgres.ts';

/** Opens an empty database with the given schema; closed after the test that asked for it. */
export type OpenDatabase = (...schema: readonly Schema[]) => Promise<Database>;
export interface Schema {
  readonly name: string;
  readonly migrations: readonly Migration[];
}

/** A SQLite database in memory, for specs that are not about the database. The caller closes it. */
export async function openInMemory(...schema: readonly Schema[]): Promise<Database> {
  const database = Database.open({ kind: 'sqlite', path: ':memory:' });
  await migrate(database, schema);
  return database;
}

/** Runs a spec against every engine: SQLite in memory, and a real PostgreSQL that is started when first asked for. */
export function forEachDatabase(name: string, spec: (open: OpenDatabase) => void): void {
  describe(`${name} on sqlite`, () => {
    spec(opener(() => Promise.resolve({ kind: 'sqlite', path: ':memory:' })));
  });
  describe(`${name} on postgres`, () => {
    spec(opener(async () => ({ kind: 'postgres', url: await newPostgres() })));
  });
}

function opener(place: () => Promise<DatabaseConfig>): OpenDatabase {
  const opened: Database[] = [];
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
  });
  return async (...schema) => {
    const database = Database.open(await place());
    opened.push(database);
    await migrate(database, schema);
    return database;
  };
}
