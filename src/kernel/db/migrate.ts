import type { Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';

/** One forward step of one service's schema. Frozen once released; may run again after a crash. */
export interface Migration {
  /** `0001-init`; unique within its service, run in text order. */
  readonly name: string;
  up(db: Kysely<unknown>, engine: Engine): Promise<void>;
}

interface MigrationTable {
  kernel_migration: { service: string; name: string };
}

type Schemas = readonly { readonly name: string; readonly migrations: readonly Migration[] }[];

/**
 * Brings the schema of the given services up to date, each migration in a transaction of its own. Another process that
 * starts meanwhile waits, and finds it done.
 */
export const migrate = (database: Database, services: Schemas): Promise<void> =>
  database.exclusively(() => runMigrations(database, services));

async function runMigrations(database: Database, services: Schemas): Promise<void> {
  const db = database.handle<MigrationTable>();
  await db.schema
    .createTable('kernel_migration')
    .ifNotExists()
    .addColumn('service', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('kernel_migration_pk', ['service', 'name'])
    .execute();
  const done = new Set(
    (await db.selectFrom('kernel_migration').selectAll().execute()).map(
      (row) => `${row.service}/${row.name}`,
    ),
  );
  for (const { name: service, migrations } of services) {
    for (const migration of migrations.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (done.has(`${service}/${migration.name}`)) continue;
      await database.transaction<MigrationTable, void>(async (tx) => {
        await migration.up(tx as unknown as Kysely<unknown>, database.engine);
        await tx.insertInto('kernel_migration').values({ service, name: migration.name }).execute();
      });
    }
  }
}
