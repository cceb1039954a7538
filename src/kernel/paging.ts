import { sql, type Expression, type SqlBool } from 'kysely';
import { badRequest } from './errors.ts';

/** One page of a list: `items` and, where more follow, the id to go on from. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Id of the last item when the page is full; null on the last page. */
  readonly next: string | null;
}

export interface PageRequest {
  /** Null = everything. */
  readonly limit: number | null;
  /** Id of the last item already seen. */
  readonly marker: string | null;
  readonly sort: readonly SortKey[];
}

export interface SortKey {
  /** A column name from the store's own list, never the caller's text. */
  readonly column: string;
  readonly direction: 'asc' | 'desc';
}

/** Sort keys as the caller wrote them, each looked up in the columns that may be sorted by; `id` breaks ties. */
export function parseSort(
  keys: readonly { readonly key: string; readonly direction: string }[],
  columns: Readonly<Record<string, string>>,
): SortKey[] {
  const sort = keys.map(({ key, direction }): SortKey => {
    const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (column === undefined)
      throw badRequest(`Sort key '${key}' is not one of ${Object.keys(columns).join(', ')}.`);
    if (direction !== 'asc' && direction !== 'desc')
      throw badRequest(`Sort direction '${direction}' is neither asc nor desc.`);
    return { column, direction };
  });
  return sort.some(({ column }) => column === 'id') ? sort : [...sort, { column: 'id', direction: 'asc' }];
}

/**
 * The condition "comes after the marker row" for keyset paging: (a > A) or (a = A and b > B) …, one query whatever the
 * depth. `marker` holds the marker row's values by column; nulls sort first, and a column of numbers has none.
 */
export function afterMarker(
  sort: readonly SortKey[],
  marker: Readonly<Record<string, unknown>>,
): Expression<SqlBool> {
  const value = (column: string) =>
    typeof marker[column] === 'number' ? sql.ref(column) : sql`coalesce(${sql.ref(column)}, '')`;
  const seen = (column: string) => sql`${marker[column] ?? ''}`;
  const alternatives = sort.map(({ column, direction }, index) => {
    const equal = sort.slice(0, index).map((key) => sql`${value(key.column)} = ${seen(key.column)}`);
    const beyond = sql`${value(column)} ${sql.raw(direction === 'asc' ? '>' : '<')} ${seen(column)}`;
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  return sql<SqlBool>`(${sql.join(alternatives, sql` or `)})`;
}

/** Rows fetched with `limit + 1` as a page. */
export function toPage<T extends { readonly id: string }>(rows: readonly T[], limit: number | null): Page<T> {
  if (limit === null || rows.length <= limit) return { items: rows, next: null };
  const items = rows.slice(0, limit);
  return { items, next: items.at(-1)?.id ?? null };
}
