import type { Static } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import type { ListQuery, SearchBody } from '../schema/alarm.ts';
import { parseSort, type SortKey } from '#kernel/paging.ts';
import type { Page } from '../store/alarms.ts';
import { compare, readFilter, type Columns } from '../store/filter.ts';

export const ALARM_COLUMNS: Columns = {
  alarm_id: 'id',
  name: 'name',
  description: 'description',
  type: 'type',
  enabled: 'enabled',
  severity: 'severity',
  state: 'state',
  project_id: 'project_id',
  project: 'project_id',
  user_id: 'user_id',
  user: 'user_id',
  timestamp: 'updated_at',
  state_timestamp: 'state_changed_at',
  repeat_actions: 'repeat_actions',
};
export const HISTORY_COLUMNS: Columns = {
  event_id: 'id',
  alarm_id: 'alarm_id',
  type: 'type',
  project_id: 'project_id',
  on_behalf_of: 'project_id',
  user_id: 'user_id',
  timestamp: 'at',
};
const MOST = 1000;
const all = (said: string | string[] | undefined): readonly string[] =>
  said === undefined ? [] : [said].flat();

/** What the words of a list's query string mean. @throws CloudError `bad-request` */
export function pageOf(query: Static<typeof ListQuery>, columns: Columns, newestBy: string) {
  const fields = all(query['q.field']);
  const values = all(query['q.value']);
  const ops = all(query['q.op']);
  if (fields.length !== values.length) throw badRequest('Each q.field needs a q.value.');
  const terms = fields.map((field, place) => ({ field, word: ops[place] ?? 'eq', value: values[place] }));
  const allProjects = terms.some(
    ({ field, value }) => field === 'all_projects' && /^(true|1)$/i.test(value ?? ''),
  );
  const where = terms.filter(({ field }) => field !== 'all_projects').map((term) => compare(term, columns));
  const page: Page = {
    where,
    sort: sortOf(all(query.sort), columns, newestBy),
    limit: Math.min(query.limit ?? MOST, MOST),
    marker: query.marker,
  };
  return { page, allProjects };
}

const NEWEST = (column: string): SortKey[] => [
  { column, direction: 'desc' },
  { column: 'id', direction: 'desc' },
];

function sortOf(said: readonly string[], columns: Columns, newestBy: string): SortKey[] {
  if (said.length === 0) return NEWEST(newestBy);
  const keys = said
    .map((text) => text.split(':'))
    .map(([key = '', direction = 'asc']) => ({ key, direction }));
  return parseSort(keys, columns);
}

/** What a search asks for. @throws CloudError `bad-request` */
export function searchOf(body: Static<typeof SearchBody>, columns: Columns, newestBy: string): Page {
  return {
    where: body.filter ? [readFilter(body.filter, columns)] : [],
    sort: orderOf(body.orderby, columns) ?? NEWEST(newestBy),
    limit: Math.min(body.limit ?? MOST, MOST),
  };
}

/** `[{"timestamp": "DESC"}]` */
function orderOf(text: string | null | undefined, columns: Columns): SortKey[] | undefined {
  if (!text) return undefined;
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw badRequest('Order-by expression not valid: it is no JSON.');
  }
  if (!Array.isArray(said)) throw badRequest('Order-by expression not valid.');
  const keys = said.flatMap((one: unknown) =>
    Object.entries<unknown>((one ?? {}) as Record<string, unknown>),
  );
  return parseSort(
    keys.map(([key, direction]) => ({ key, direction: String(direction).toLowerCase() })),
    columns,
  );
}
