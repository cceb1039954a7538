import { projectOf, type Ctx } from '#kernel/context.ts';

/** `2015-11-29T02:25:18.000000`, the form of Cinder. */
export const wireTime = (iso: string): string => `${iso.slice(0, 23)}000`;
export const wireTimeOrNull = (iso: string | null): string | null => iso && wireTime(iso);

/** Who looks, and from where. */
export interface Viewer {
  readonly ctx: Ctx;
  readonly base: string;
  readonly seesHosts: boolean;
}

/** The two links of everything that has any. */
export const linksTo = ({ ctx, base }: Pick<Viewer, 'ctx' | 'base'>, path: string) => [
  { rel: 'self', href: `${base}/v3/${projectOf(ctx)}/${path}` },
  { rel: 'bookmark', href: `${base}/${projectOf(ctx)}/${path}` },
];

interface PageView {
  readonly viewer: Viewer;
  /** Of the collection: `volumes/detail`. */
  readonly path: string;
  readonly query: object;
  readonly next: string | null;
}

/** The link to the page that follows, if one does. */
export function nextLink(name: string, { viewer: { ctx, base }, path, query, next }: PageView) {
  if (next === null) return {};
  const { offset: _offset, ...rest } = query as Record<string, string>;
  const search = new URLSearchParams({ ...rest, marker: next });
  const href = `${base}/v3/${projectOf(ctx)}/${path}?${search.toString()}`;
  return { [name]: [{ rel: 'next', href }] };
}
