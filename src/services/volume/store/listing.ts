import { sql, type Expression, type SqlBool } from 'kysely';
import type { Query, Store } from '#kernel/db/store.ts';
import { notFound } from '#kernel/errors.ts';
import { afterMarker, type Page, type SortKey } from '#kernel/paging.ts';
import type { VolumeDb } from '../tables.ts';

export interface ListRequest {
  readonly where: readonly Expression<SqlBool>[];
  readonly sort: readonly SortKey[];
  readonly limit: number;
  readonly marker: string | null;
  readonly offset: number;
}

export interface Counted<T> extends Page<T> {
  /** How many there are on all pages; null = nobody asked. */
  readonly count: number | null;
}

/** Columns that are never null: by their bare names, so that an index can give the order. */
const NEVER_NULL = new Set(['size', 'bootable', 'created_at', 'id']);

const orderOf = (column: string) =>
  NEVER_NULL.has(column) ? sql.ref(column) : sql`coalesce(${sql.ref(column)}, '')`;

/** One page, in one query (two with a marker). After a full page there is always another, be it empty: so Cinder pages. */
export async function listPage<T extends { readonly id: string }>(
  db: VolumeDb,
  store: Store<T>,
  { where, sort, limit, marker, offset }: ListRequest,
): Promise<Page<T>> {
  const after = marker === null ? null : await markerOf(db, store, { where, id: marker });
  const items = await store.select(db, (query) => {
    let narrowed = where.reduce<Query>((q, condition) => q.where(condition), query);
    if (after) narrowed = narrowed.where(afterMarker(sort, rowOf(store, after)));
    for (const { column, direction } of sort) narrowed = narrowed.orderBy(orderOf(column), direction);
    narrowed = narrowed.limit(limit);
    return offset > 0 ? narrowed.offset(offset) : narrowed;
  });
  return { items, next: items.length === limit ? (items.at(-1)?.id ?? null) : null };
}

export const countAll = <T extends { readonly id: string }>(
  db: VolumeDb,
  store: Store<T>,
  where: readonly Expression<SqlBool>[],
): Promise<number> => store.count(db, (eb) => (where.length === 0 ? sql`1 = 1` : eb.and([...where])));

async function markerOf<T extends { readonly id: string }>(
  db: VolumeDb,
  store: Store<T>,
  { where, id }: { readonly where: readonly Expression<SqlBool>[]; readonly id: string },
): Promise<T> {
  const [found] = await store.select(db, (query) =>
    where.reduce<Query>((q, condition) => q.where(condition), query).where('id', '=', id),
  );
  if (!found) throw notFound(`Marker ${id} could not be found.`);
  return found;
}

const rowOf = <T extends { readonly id: string }>(store: Store<T>, item: T): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(item).map(([key, value]: [string, unknown]) => [
      store.columnOf(key),
      typeof value === 'boolean' ? Number(value) : value,
    ]),
  );

export const is = (column: string, value: string | number): Expression<SqlBool> =>
  sql<SqlBool>`${sql.ref(column)} = ${value}`;

/** Whether the JSON object in a column has this entry: a whole one, by its delimiters. */
export function hasEntry(column: string, key: string, value: string): Expression<SqlBool> {
  const entry = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  const without = (start: string) =>
    sql`replace(${sql.ref(column)}, ${start + entry}, '') <> ${sql.ref(column)}`;
  return sql<SqlBool>`(${without('{')} or ${without(',')})`;
}
