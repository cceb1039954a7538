import type { BrowserCaller } from '../session/browser-caller.ts';

interface Link {
  readonly rel: string;
  readonly href: string;
}
type Page<T> = Readonly<Record<string, readonly T[] | readonly Link[] | undefined>>;

interface Collection {
  readonly service: string;
  readonly path: string;
  readonly collection: string;
  /** Which of them. */
  readonly query?: Readonly<Record<string, string>>;
}

/** All of a collection, a page at a time: Neutron, Cinder and others name the next page in `<collection>_links`. */
export async function collect<T>(
  caller: BrowserCaller,
  { service, path, collection, query: first = {} }: Collection,
): Promise<T[]> {
  const all: T[] = [];
  let query: Readonly<Record<string, string>> | undefined = first;
  while (query) {
    const page: Page<T> = await caller.call(service, 'GET', path, { query });
    all.push(...((page[collection] ?? []) as readonly T[]));
    const next = ((page[`${collection}_links`] ?? []) as readonly Link[]).find(({ rel }) => rel === 'next');
    query = next && Object.fromEntries(new URL(next.href, location.origin).searchParams);
  }
  return all;
}
