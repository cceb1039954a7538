import type { Db } from '#kernel/db/database.ts';
import { newHexId, newUuid } from '#kernel/ids.ts';

type Rows = Record<string, Record<string, unknown>>;

const ROWS_PER_STATEMENT = 100;

interface Cloning {
  readonly table: string;
  readonly id: string;
  readonly count: number;
  /** Columns that each copy has of its own. */
  readonly vary?: (index: number) => Readonly<Record<string, unknown>>;
}

/** Writes copies of a row that a service made itself, with ids and names of their own. @returns the ids */
export async function cloneRow(db: Db, { table, id, count, vary }: Cloning): Promise<string[]> {
  const tables = db as unknown as Db<Rows>;
  const model = await tables.selectFrom(table).selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const ids = Array.from({ length: count }, id.includes('-') ? newUuid : newHexId);
  const copies = ids.map((copy, index) => ({ ...model, id: copy, name: `bench-${index}`, ...vary?.(index) }));
  await insertRows(db, table, copies);
  return ids;
}

export async function insertRows(
  db: Db,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT)
    await (db as unknown as Db<Rows>)
      .insertInto(table)
      .values(rows.slice(at, at + ROWS_PER_STATEMENT))
      .execute();
}
