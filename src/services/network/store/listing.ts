import { sql, type Expression, type SqlBool } from 'kysely';
import { afterMarker, parseSort, toPage, type Page } from '#kernel/paging.ts';
import { invalid } from '../model/errors.ts';
import type { NetworkDb } from '../tables.ts';
import type { Query, Store } from '#kernel/db/store.ts';

/** A condition on a list, made of the values that the caller gave; several values are alternatives. */
export type Filter = (values: readonly string[]) => Expression<SqlBool>;

/** What a caller asks of a list. */
export interface ListQuery {
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly sortKeys: readonly string[];
  readonly sortDirs: readonly string[];
  readonly limit: number | null;
  readonly marker: string | null;
  readonly reverse: boolean;
  readonly fields: readonly string[];
}

const TRUE = new Set(['true', '1', 'yes', 'on', 't', 'y']);

export const text =
  (column: string): Filter =>
  (values) =>
    values.includes('')
      ? sql`coalesce(${sql.ref(column)}, '') in (${sql.join(values)})`
      : sql`${sql.ref(column)} in (${sql.join(values)})`;

export const flag =
  (column: string): Filter =>
  (values) =>
    sql`${sql.ref(column)} in (${sql.join(values.map((value) => (TRUE.has(value.toLowerCase()) ? 1 : 0)))})`;

export const number =
  (column: string): Filter =>
  (values) => {
    const numbers = values.map(Number);
    if (numbers.some((value) => !Number.isSafeInteger(value)))
      throw invalid(`'${values.join(', ')}' is not an integer.`);
    return sql`${sql.ref(column)} in (${sql.join(numbers)})`;
  };

/** Objects that a relation names: `matching('id', 'port_id', 'network_port_group', 'group_id')`. */
export const related =
  (key: string, table: string, column: string): Filter =>
  (values) =>
    sql`id in (select ${sql.ref(key)} from ${sql.table(table)} where ${sql.ref(column)} in (${sql.join(values)}))`;

/** Filters on text columns that are named as on the wire. */
export const texts = (...columns: string[]): Record<string, Filter> =>
  Object.fromEntries(columns.map((column) => [column, text(column)]));

/** Whether a list has the element: compared as JSON text, where only a whole element has these delimiters. */
const has = (column: string, text: string): Expression<SqlBool> => {
  const element = JSON.stringify(text);
  const list = sql.ref(column);
  const without = (start: string) => sql`replace(${list}, ${start + element}, '') <> ${list}`;
  return sql<SqlBool>`(${without('[')} or ${without(',')})`;
};

const tagFilter =
  (operator: 'and' | 'or', negated = false): Filter =>
  (values) => {
    const tags = values.flatMap((value) => value.split(',')).filter((tag) => tag !== '');
    if (tags.length === 0) return sql<SqlBool>`1 = 1`;
    const all = sql.join(
      tags.map((tag) => has('tags', tag)),
      sql.raw(` ${operator} `),
    );
    return negated ? sql<SqlBool>`not (${all})` : sql<SqlBool>`(${all})`;
  };

/** Lists that have any of the values. */
export const member =
  (column: string): Filter =>
  (values) =>
    sql`(${sql.join(
      values.map((value) => has(column, value)),
      sql` or `,
    )})`;

/** What every object can be filtered by. */
export const STANDARD_FILTERS: Readonly<Record<string, Filter>> = {
  ...texts('id', 'name', 'description', 'project_id'),
  tenant_id: text('project_id'),
  revision_number: number('revision'),
  created_at: (values) => startsWith('created_at', values),
  updated_at: (values) => startsWith('updated_at', values),
  changed_since: (values) => sql`updated_at >= ${values.at(-1) ?? ''}`,
  tags: tagFilter('and'),
  'tags-any': tagFilter('or'),
  'not-tags': tagFilter('and', true),
  'not-tags-any': tagFilter('or', true),
};

/** Times are shown in seconds and stored in more. */
const startsWith = (column: string, values: readonly string[]): Expression<SqlBool> =>
  sql`substr(${sql.ref(column)}, 1, 19) in (${sql.join(values.map((value) => value.slice(0, 19)))})`;

export interface Listing<T extends { readonly id: string }> {
  readonly store: Store<T>;
  readonly filters: Readonly<Record<string, Filter>>;
  readonly sortable: Readonly<Record<string, string>>;
  readonly visible: Expression<SqlBool> | null;
}

/** One page of what the caller may see, in one query (two with a marker). */
export async function listPage<T extends { readonly id: string }>(
  db: NetworkDb,
  listing: Listing<T>,
  query: ListQuery,
): Promise<Page<T>> {
  const sort = sortOf(listing, query);
  const after = query.marker === null ? null : await markerOf(db, listing, query.marker);
  const items = await listing.store.select(db, (select) => {
    let narrowed: Query = listing.visible ? select.where(listing.visible) : select;
    for (const [name, values] of Object.entries(query.filters))
      narrowed = narrowed.where(filterOf(listing, name)(values));
    if (after) narrowed = narrowed.where(afterMarker(sort, after));
    for (const { column, direction } of sort)
      narrowed = narrowed.orderBy(sql`coalesce(${sql.ref(column)}, '')`, direction);
    return query.limit === null ? narrowed : narrowed.limit(query.limit + 1);
  });
  const page = toPage(items, query.limit);
  return query.reverse ? { ...page, items: page.items.toReversed() } : page;
}

function filterOf({ filters }: { filters: Readonly<Record<string, Filter>> }, name: string): Filter {
  const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (!filter) throw invalid(`['${name}'] is invalid attribute for filtering`);
  return filter;
}

function sortOf(listing: { sortable: Readonly<Record<string, string>> }, query: ListQuery) {
  const { sortKeys, sortDirs, reverse } = query;
  if (sortDirs.length > 0 && sortDirs.length !== sortKeys.length)
    throw invalid('The number of sort_keys and sort_dirs must be same');
  const pairs = sortKeys.map((key, at) => ({ key, direction: sortDirs[at] ?? 'asc' }));
  const sort = parseSort(pairs, listing.sortable);
  const turned = { asc: 'desc', desc: 'asc' } as const;
  return reverse ? sort.map(({ column, direction }) => ({ column, direction: turned[direction] })) : sort;
}

async function markerOf<T extends { readonly id: string }>(
  db: NetworkDb,
  listing: Listing<T>,
  id: string,
): Promise<Record<string, unknown>> {
  const columns = Object.values(listing.sortable);
  const [found] = await listing.store.select(db, (select) => {
    const one = select.where('id', '=', id);
    return listing.visible ? one.where(listing.visible) : one;
  });
  if (!found) throw invalid(`Marker ${id} could not be found`);
  const values = Object.entries(found).map(([key, value]) => [listing.store.columnOf(key), value]);
  return Object.fromEntries(values.filter(([column]) => columns.includes(column as string))) as Record<
    string,
    unknown
  >;
}
