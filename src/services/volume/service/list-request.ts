import { sql, type Expression, type SqlBool } from 'kysely';
import { projectOf, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { parseSort } from '#kernel/paging.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { isTrue, type ListQuery } from '../schema/common.ts';
import { hasEntry, is, type ListRequest } from '../store/listing.ts';

const MAX_LIMIT = 1000;
const NEWEST_FIRST = [
  { key: 'created_at', direction: 'desc' },
  { key: 'id', direction: 'desc' },
];

export interface ListOptions {
  readonly policy: Policy;
  readonly sortable: Readonly<Record<string, string>>;
  /** Besides project, name and status. */
  readonly filters?: readonly Expression<SqlBool>[];
}

/** What a list's query string asks for, as far as all lists are alike. */
export function listRequest(ctx: Ctx, query: ListQuery, options: ListOptions): ListRequest {
  return {
    where: [...visible(ctx, query, options.policy), ...common(query), ...(options.filters ?? [])],
    sort: parseSort(sortKeys(query), withOldNames(options.sortable)),
    limit: Math.min(query.limit ?? MAX_LIMIT, MAX_LIMIT),
    marker: query.marker ?? null,
    offset: query.offset ?? 0,
  };
}

/** One's own project's, but for administrators who ask for all. */
export function visible(
  ctx: Ctx,
  query: Pick<ListQuery, 'all_tenants' | 'project_id'>,
  policy: Policy,
): Expression<SqlBool>[] {
  const all = isTrue(query.all_tenants) && policy.allows(ctx, 'volume:get_all_projects');
  if (!all) return [is('project_id', projectOf(ctx))];
  return query.project_id === undefined ? [] : [is('project_id', query.project_id)];
}

function common(query: ListQuery): Expression<SqlBool>[] {
  const part = query['name~'];
  return [
    ...equal('name', query.name),
    ...equal('status', query.status),
    ...(part === undefined ? [] : [sql<SqlBool>`name like ${`%${part}%`}`]),
  ];
}

/** Names sort also by what they were called in version 1. */
const withOldNames = (sortable: ListOptions['sortable']): ListOptions['sortable'] =>
  sortable['name'] === undefined ? sortable : { ...sortable, display_name: sortable['name'] };

/** A condition for a filter that was given. */
export const equal = (column: string, value: string | number | undefined): Expression<SqlBool>[] =>
  value === undefined ? [] : [is(column, value)];

/** `sort=name:asc,size`, or the older pair `sort_key` and `sort_dir`. */
function sortKeys({ sort, sort_key, sort_dir }: ListQuery): { key: string; direction: string }[] {
  if (sort !== undefined && sort !== '')
    return sort.split(',').map((part) => {
      const [key = '', direction = 'desc'] = part.trim().split(':');
      return { key, direction };
    });
  if (sort_key === undefined) return NEWEST_FIRST;
  return [{ key: sort_key, direction: sort_dir ?? 'desc' }];
}

/** Conditions for a filter on metadata. */
export const metadataFilter = (text: string | undefined): Expression<SqlBool>[] =>
  metadataOf(text).map(([key, value]) => hasEntry('metadata', key, value));

/** `{'key': 'value'}` as Python writes it, or JSON. @throws CloudError `bad-request` */
function metadataOf(text: string | undefined): [string, string][] {
  if (text === undefined || text === '') return [];
  try {
    const parsed: unknown = JSON.parse(text.replaceAll(/(?<!\w)u?'|'(?!\w)/g, '"'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('no object');
    return Object.entries(parsed).map(([key, value]) => [key, String(value)]);
  } catch (cause) {
    throw badRequest(`Invalid filter metadata: ${text.slice(0, 100)} is not a dictionary.`, { cause });
  }
}
