import type { Static, TObject } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { Counted } from '../store/listing.ts';
import { nextLink, type Viewer } from '../view/common.ts';
import { viewerOf } from './v3.ts';

interface Collection<T, Q extends TObject> {
  /** Last part of the URL. */
  readonly path: string;
  /** What it is called in the body, where that differs. */
  readonly plural?: string;
  readonly rule: string;
  readonly since?: string;
  readonly query: Q;
  readonly policy: Policy;
  list(ctx: Ctx, query: Static<Q>): Promise<Counted<T>>;
  brief(items: readonly T[], viewer: Viewer): object[] | Promise<object[]>;
  detail(items: readonly T[], viewer: Viewer): object[] | Promise<object[]>;
}

/** The list of names and the list of everything. */
export function listRoutes<T, Q extends TObject>(collection: Collection<T, Q>): Route[] {
  const { path, plural = path.replaceAll('-', '_'), rule, since, query, policy } = collection;
  const one = (form: 'brief' | 'detail') => {
    const url = form === 'detail' ? `${path}/detail` : path;
    return route({
      method: 'GET',
      url: `/v3/${url}`,
      name: form === 'detail' ? `list-details-of-${path}` : `list-${path}`,
      summary: form === 'detail' ? `List ${path} with all that is known.` : `List ${path}.`,
      access: { rule },
      ...(since !== undefined && { since }),
      query,
      status: 200,
      async handle(call) {
        const viewer = viewerOf(call, policy);
        const asked = call.query;
        const { items, next, count } = await collection.list(call.ctx, asked);
        return {
          [plural]: await collection[form](items, viewer),
          ...nextLink(`${plural}_links`, { viewer, path: url, query: asked, next }),
          ...(count !== null && { count }),
        };
      },
    });
  };
  return [one('brief'), one('detail')];
}
