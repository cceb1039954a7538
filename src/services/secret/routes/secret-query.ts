import type { Static } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { parseSort, type SortKey } from '#kernel/paging.ts';
import { parseTime } from '../model/times.ts';
import type { ListSecrets } from '../schema/secret.ts';
import type { Viewer } from '../store/guarded.ts';
import { SECRET_SORT_COLUMNS, type SecretFilter, type TimeComparison } from '../store/secrets.ts';

type Query = Static<typeof ListSecrets>;

/** What the words of a list's query string mean. @throws CloudError `bad-request` */
export const filterOf = (query: Query, viewer: Viewer): SecretFilter => ({
  viewer,
  aclOnly: /^(true|1)$/i.test(query.acl_only ?? ''),
  equal: {
    ...(query.name !== undefined && { name: query.name }),
    ...(query.alg !== undefined && { algorithm: query.alg }),
    ...(query.mode !== undefined && { mode: query.mode }),
    ...(query.bits && { bit_length: query.bits }),
    ...(query.secret_type !== undefined && { type: query.secret_type }),
  },
  times: [
    ...comparisons('created_at', query.created),
    ...comparisons('updated_at', query.updated),
    ...comparisons('expiration', query.expiration),
  ],
});

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** `gte:2026-01-01,lt:2026-02-01`; without an operator it is that time. */
function comparisons(column: TimeComparison['column'], text = ''): TimeComparison[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const [, word, time = part] = /^(gte?|lte?):(.*)$/.exec(part.trim()) ?? [];
    const operator = word === undefined ? '=' : OPERATORS[word as keyof typeof OPERATORS];
    return { column, operator, value: parseTime(time.trim(), 'time') };
  });
}

/** `created:desc,name`; by age when nothing is said. */
export function sortOf(text = 'created'): SortKey[] {
  const keys = text.split(',').map((part) => {
    const [key = '', direction = 'asc', ...rest] = part.trim().split(':');
    if (rest.length > 0) throw badRequest(`Sort key '${part}' is not of the form key:direction.`);
    return { key, direction };
  });
  return parseSort(keys, SECRET_SORT_COLUMNS);
}
