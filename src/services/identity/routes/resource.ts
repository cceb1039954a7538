import { Type, type Static, type TObject, type TSchema } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Page } from '#kernel/paging.ts';
import { separateExtra, type Extra } from '../schema/common.ts';

/** A resource of Keystone's usual kind: one collection with list, create, show, change and delete. */
export interface Resource<T, L extends TSchema, C extends TObject, U extends TObject> {
  /** Member key, also in the policy's rule names: `user`. */
  readonly singular: string;
  /** Collection key and path: `users`. */
  readonly plural: string;
  readonly schema: { readonly list: L; readonly create: C; readonly update: U };
  /** Where the collection is, when that is not `/v3/<plural>`. */
  readonly path?: string;
  /** Shown without the rule when the use-case itself looks at who asks. */
  readonly getAccess?: 'authenticated';
  /** The use-cases themselves look at who asks, for each of the five. */
  readonly access?: 'authenticated';
  /** Whole, or a page of it where the query has `limit` and `marker`. */
  list(ctx: Ctx, query: Static<L>): Promise<readonly T[] | Page<T>>;
  get(ctx: Ctx, id: string): Promise<T>;
  create(ctx: Ctx, body: Static<C> & { extra: Extra }): Promise<T>;
  update(ctx: Ctx, id: string, body: Static<U> & { extra: Extra }): Promise<T>;
  delete(ctx: Ctx, id: string): Promise<void>;
  view(item: T, base: string): unknown;
  /** Shown besides when one is asked for with a query of its own. */
  readonly details?: {
    readonly query: TSchema;
    of(ctx: Ctx, item: T, asked: { readonly query: unknown; readonly base: string }): Promise<object>;
  };
}

/** The five routes of a resource, with the statuses and wrappers that Keystone has everywhere. */
export function resourceRoutes<T, L extends TSchema, C extends TObject, U extends TObject>(
  resource: Resource<T, L, C, U>,
): Route[] {
  const { singular, plural, schema } = resource;
  const collection = resource.path ?? `/v3/${plural}`;
  const item = `${collection}/:id`;
  const params = Type.Object({ id: Type.String() });
  const rule = (verb: string) => resource.access ?? { rule: `identity:${verb}` };
  const wrapped = <B extends TSchema>(body: B) => Type.Object({ [singular]: body });
  const unwrap = <B extends TObject>(known: B, body: unknown) =>
    separateExtra(known, (body as Record<string, object>)[singular] ?? {});
  const shown = (one: T, base: string) => ({ [singular]: resource.view(one, base) });
  return [
    route({
      method: 'GET',
      url: collection,
      name: `list-${plural}`,
      summary: `List ${plural}.`,
      access: rule(`list_${plural}`),
      query: schema.list,
      status: 200,
      async handle({ ctx, query, base }) {
        const { items, next } = asPage(await resource.list(ctx, query));
        return {
          [plural]: items.map((one) => resource.view(one, base)),
          ...pageLinks(base + collection, query as Query, next),
        };
      },
    }),
    route({
      method: 'POST',
      url: collection,
      name: `create-${singular}`,
      summary: `Create a ${singular}.`,
      access: rule(`create_${singular}`),
      body: wrapped(schema.create),
      status: 201,
      handle: async ({ ctx, body, base }) =>
        shown(await resource.create(ctx, unwrap(schema.create, body)), base),
    }),
    route({
      method: 'GET',
      url: item,
      name: `get-${singular}`,
      summary: `Show a ${singular}.`,
      access: resource.getAccess ?? rule(`get_${singular}`),
      params,
      ...(resource.details ? { query: resource.details.query } : {}),
      status: 200,
      async handle({ ctx, params, query, base }) {
        const item = await resource.get(ctx, params.id);
        const details = await resource.details?.of(ctx, item, { query, base });
        return { [singular]: { ...(resource.view(item, base) as object), ...details } };
      },
    }),
    route({
      method: 'PATCH',
      url: item,
      name: `update-${singular}`,
      summary: `Change a ${singular}.`,
      access: rule(`update_${singular}`),
      params,
      body: wrapped(schema.update),
      status: 200,
      handle: async ({ ctx, params, body, base }) =>
        shown(await resource.update(ctx, params.id, unwrap(schema.update, body)), base),
    }),
    route({
      method: 'DELETE',
      url: item,
      name: `delete-${singular}`,
      summary: `Delete a ${singular}.`,
      access: rule(`delete_${singular}`),
      params,
      status: 204,
      handle: ({ ctx, params }) => resource.delete(ctx, params.id),
    }),
  ];
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

const asPage = <T>(listed: readonly T[] | Page<T>): Page<T> =>
  'items' in listed ? listed : { items: listed, next: null };

/** The `links` of a list of which more may follow: the same query from there on. */
export function pageLinks(self: string, query: Query, next: string | null) {
  if (next === null) return listLinks(self);
  const onwards: Query = { ...query, marker: next };
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(onwards)) fields.set(name, String(value));
  return { links: { self, previous: null, next: `${self}?${fields.toString()}` } };
}

/** The `links` of a list that is whole. */
export const listLinks = (self: string) => ({ links: { self, previous: null, next: null } });
