import type { CreateTableBuilder, Kysely } from 'kysely';
import { texts } from '#kernel/db/columns.ts';

/** Names with spaces between. */
type Columns = Readonly<Record<'texts' | 'nullable' | 'numbers', string>>;

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** A table of objects by `id`. Flags are numbers. */
export async function table(db: Kysely<unknown>, name: string, columns: Columns): Promise<void> {
  let builder: CreateTableBuilder<string, string> = texts(
    db.schema
      .createTable(name)
      .ifNotExists()
      .addColumn('id', 'text', (c) => c.primaryKey()),
    ...words(columns.texts),
  );
  for (const column of words(columns.nullable)) builder = builder.addColumn(column, 'text');
  for (const column of words(columns.numbers))
    builder = builder.addColumn(column, 'bigint', (c) => c.notNull());
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
