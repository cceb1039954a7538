import type { CreateTableBuilder, Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';

type Columns = Readonly<Record<'texts' | 'nullable' | 'numbers', readonly string[]>>;

/** A table of objects by `id`. Flags are numbers. */
export async function table(db: Kysely<unknown>, name: string, columns: Columns): Promise<void> {
  let builder: CreateTableBuilder<string, string> = texts(
    db.schema
      .createTable(name)
      .ifNotExists()
      .addColumn('id', 'text', (c) => c.primaryKey()),
    ...columns.texts,
  );
  for (const column of columns.nullable) builder = builder.addColumn(column, 'text');
  for (const column of columns.numbers) builder = builder.addColumn(column, 'bigint', (c) => c.notNull());
  await builder.execute();
}

export function index(
  db: Kysely<unknown>,
  on: string,
  columns: readonly string[],
  unique = false,
): Promise<void> {
  const builder = db.schema.createIndex([on, ...columns].join('_')).ifNotExists();
  return (unique ? builder.unique() : builder)
    .on(on)
    .columns([...columns])
    .execute();
}
