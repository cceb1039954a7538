import { badRequest } from '#kernel/errors.ts';
import { parseSort, type PageRequest, type SortKey } from '#kernel/paging.ts';
import type { Visibility } from '../model/image.ts';
import { IMAGE_SORT_COLUMNS, type Comparison, type ImageFilter } from '../store/images.ts';

type Query = Readonly<Record<string, unknown>>;

const DEFAULT_PAGE = 25;
const MAX_PAGE = 1000;
const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=', neq: '!=' } as const;
const LISTED = {
  id: 'id',
  name: 'name',
  status: 'status',
  owner: 'owner',
  disk_format: 'disk_format',
  container_format: 'container_format',
  checksum: 'md5',
} as const;
const SIZES: Readonly<Record<string, [Comparison['column'], Comparison['operator']]>> = {
  size_min: ['size', '>='],
  size_max: ['size', '<='],
};
const NOT_PROPERTIES = new Set(
  'limit marker sort sort_key sort_dir visibility member_status os_hidden protected tag size_min size_max'.split(
    ' ',
  ),
);
const COMPARED = new Set(['size', 'min_ram', 'min_disk', 'created_at', 'updated_at']);

/** What `GET /v2/images?…` asks for, in the words of the store. @throws CloudError `bad-request` that names the parameter. */
export function parseListQuery(
  query: Query,
  viewer: string | null,
): { filter: ImageFilter; page: PageRequest } {
  if ('changes-since' in query) throw badRequest("'changes-since' is not supported.");
  const one = (name: string) => texts(query[name]).at(-1);
  return {
    page: { limit: parseLimit(one('limit')), marker: one('marker') ?? null, sort: parseSorting(query) },
    filter: {
      viewer,
      memberStatus: choice('member_status', one('member_status') ?? 'accepted', [
        'accepted',
        'pending',
        'rejected',
        'all',
      ]),
      visibility:
        query['visibility'] === undefined
          ? null
          : choice<Visibility | 'all'>('visibility', one('visibility'), [
              'public',
              'private',
              'shared',
              'community',
              'all',
            ]),
      hidden: parseFlag('os_hidden', one('os_hidden')) ?? false,
      protected: parseFlag('protected', one('protected')),
      tags: texts(query['tag']),
      oneOf: listed(query),
      properties: customProperties(query),
      comparisons: comparisons(query),
    },
  };
}

/** The query of the next page, or with null of the first: the same but for the marker. */
export function nextQuery(query: Query, marker: string | null): string {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (name !== 'marker') for (const text of texts(value)) next.append(name, text);
  }
  if (marker !== null) next.append('marker', marker);
  return next.toString();
}

const texts = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

function choice<T extends string>(name: string, value: string | undefined, choices: readonly T[]): T {
  const found = choices.find((one) => one === value);
  if (found === undefined)
    throw badRequest(`Invalid value for ${name}: '${value}' is not one of ${choices.join(', ')}.`);
  return found;
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PAGE;
  if (!/^\d{1,9}$/.test(text)) throw badRequest('limit must be a whole number from 0.');
  return Math.min(Number(text), MAX_PAGE);
}

function parseFlag(name: string, text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw badRequest(`Invalid value for ${name}: '${text}' is not a boolean.`);
}

/** `sort=name:asc,size`, or repeated `sort_key` and `sort_dir`; newest first when nothing is said. */
function parseSorting(query: Query): SortKey[] {
  const keys = texts(query['sort_key']);
  const directions = texts(query['sort_dir']);
  const pairs = texts(query['sort']).flatMap((text) => text.split(','));
  if (pairs.length > 0 && keys.length > 0) throw badRequest('Old and new sorting syntax cannot be combined.');
  if (directions.length > 1 && directions.length !== keys.length)
    throw badRequest('Number of sort dirs does not match the number of sort keys.');
  const wanted =
    pairs.length > 0
      ? pairs.map((pair) => ({ key: pair.split(':')[0] ?? '', direction: pair.split(':')[1] ?? 'desc' }))
      : keys.map((key, index) => ({ key, direction: directions[index] ?? directions[0] ?? 'desc' }));
  const byDefault = ['created_at', 'id'].map((key) => ({ key, direction: directions[0] ?? 'desc' }));
  return parseSort(wanted.length > 0 ? wanted : byDefault, IMAGE_SORT_COLUMNS);
}

function listed(query: Query): ImageFilter['oneOf'] {
  const found = Object.entries(LISTED).filter(([name]) => query[name] !== undefined);
  return Object.fromEntries(found.map(([name, column]) => [column, texts(query[name]).flatMap(parseIn)]));
}

/** `in:a,"b,c"` is a list; anything else is itself. */
function parseIn(text: string): string[] {
  if (!text.startsWith('in:')) return [text];
  return [...text.slice(3).matchAll(/"([^"]*)"|([^,]+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

function customProperties(query: Query): Record<string, string> {
  const names = Object.keys(query).filter(
    (name) => !NOT_PROPERTIES.has(name) && !(name in LISTED) && !COMPARED.has(name),
  );
  return Object.fromEntries(names.map((name) => [name, texts(query[name]).at(-1) ?? '']));
}

function comparisons(query: Query): Comparison[] {
  const bounds = Object.entries(SIZES).flatMap(([name, [column, operator]]) =>
    texts(query[name]).map((text): Comparison => ({ column, operator, value: count(name, text) })),
  );
  const compared = [...COMPARED].flatMap((name) =>
    texts(query[name]).map((text) => comparison(name as Comparison['column'], text)),
  );
  return [...bounds, ...compared];
}

function comparison(column: Comparison['column'], text: string): Comparison {
  const match = /^(gt|gte|lt|lte|eq|neq):(.*)$/.exec(text);
  const operator = match ? OPERATORS[match[1] as keyof typeof OPERATORS] : '=';
  const value = match?.[2] ?? text;
  return { column, operator, value: column.endsWith('_at') ? time(column, value) : count(column, value) };
}

function count(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`Invalid value for ${name}: '${text}' is not a whole number.`);
  return Number(text);
}

function time(name: string, text: string): string {
  const date = new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(date.getTime())) throw badRequest(`Invalid value for ${name}: '${text}' is not a time.`);
  return date.toISOString();
}
