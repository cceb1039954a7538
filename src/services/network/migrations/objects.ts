import { type CreateTableBuilder, type Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';

const STANDARD = ['project_id', 'name', 'description', 'tags', 'created_at', 'updated_at'];

interface Columns {
  readonly text?: readonly string[];
  readonly optional?: readonly string[];
  readonly numbers?: readonly string[];
}

/** A table of objects with an id, the standard columns and these. */
export function objects(db: Kysely<unknown>, name: string, columns: Columns) {
  let table: CreateTableBuilder<string, string> = texts(
    db.schema
      .createTable(name)
      .ifNotExists()
      .addColumn('id', 'text', (c) => c.primaryKey()),
    ...STANDARD,
    ...(columns.text ?? []),
  );
  for (const column of columns.optional ?? []) table = table.addColumn(column, 'text');
  for (const column of ['revision', ...(columns.numbers ?? [])])
    table = table.addColumn(column, 'bigint', (c) => c.notNull());
  return table;
}

export async function index(db: Kysely<unknown>, table: string, ...columns: string[]): Promise<void> {
  const name = `${table}_${columns.join('_')}`;
  await db.schema.createIndex(name).ifNotExists().on(table).columns(columns).execute();
}
