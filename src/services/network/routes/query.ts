import { invalid } from '../model/errors.ts';
import type { ListQuery } from '../store/listing.ts';

type RawQuery = Readonly<Record<string, string | readonly string[]>>;

/** What a list's query string asks for; everything that is not one of the controls is a filter. */
export function parseListQuery(raw: RawQuery): ListQuery {
  const { fields, limit, marker, page_reverse, sort_key, sort_dir, ...filters } = raw;
  return {
    filters: Object.fromEntries(Object.entries(filters).map(([name, values]) => [name, all(values)])),
    fields: all(fields),
    sortKeys: all(sort_key),
    sortDirs: all(sort_dir),
    limit: limitOf(all(limit).at(-1)),
    marker: all(marker).at(-1) ?? null,
    reverse: /^(true|1)$/i.test(all(page_reverse).at(-1) ?? ''),
  };
}

const all = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

function limitOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(limit))
    throw invalid(`Limit must be an integer 0 or greater and not '${text}'`);
  return limit === 0 ? null : limit;
}

/** The named attributes alone; all without names. */
export function project(item: Readonly<Record<string, unknown>>, fields: readonly string[]): object {
  if (fields.length === 0) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name)));
}

interface PageLinks {
  readonly url: string;
  readonly raw: RawQuery;
  readonly ids: readonly string[];
  readonly more: boolean;
}

/** The pages beside this one: the same query with another marker. */
export function pageLinks({ url, raw, ids, more }: PageLinks): { rel: string; href: string }[] {
  const reverse = 'page_reverse' in raw;
  const href = (marker: string | undefined, back: boolean) => {
    const query = new URLSearchParams();
    for (const [name, values] of Object.entries(raw))
      if (name !== 'marker' && name !== 'page_reverse')
        all(values).forEach((value) => query.append(name, value));
    query.set('marker', marker ?? '');
    if (back) query.set('page_reverse', 'True');
    return `${url}?${query.toString()}`;
  };
  const next = { rel: 'next', href: href(ids.at(-1), false) };
  const previous = { rel: 'previous', href: href(ids[0], true) };
  if (ids.length === 0) return [];
  return [
    ...(more || reverse ? [next] : []),
    ...(('marker' in raw && !reverse) || (reverse && more) ? [previous] : []),
  ];
}
