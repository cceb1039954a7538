import type { Listed, OffsetPage } from '../store/guarded.ts';

export interface PageOf<T> {
  /** What the list is called: `secrets`. */
  readonly name: string;
  /** Of the list, without a query. */
  readonly url: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly page: OffsetPage;
  readonly listed: Listed<T>;
  readonly view: (item: T) => unknown;
}

/** One page of a list, with links to those beside it, and how many items there are in all. */
export function pageView<T>({ name, url, query, page, listed, view }: PageOf<T>): object {
  const { limit, offset } = page;
  const link = (at: number) => {
    const words = Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]);
    const asked = new URLSearchParams(words.filter(([key]) => key !== 'limit' && key !== 'offset'));
    asked.set('limit', String(limit));
    asked.set('offset', String(at));
    return `${url}?${asked.toString()}`;
  };
  return {
    [name]: listed.items.map(view),
    total: listed.total,
    ...(limit > 0 && offset + limit < listed.total && { next: link(offset + limit) }),
    ...(limit > 0 && offset > 0 && { previous: link(Math.max(0, offset - limit)) }),
  };
}
