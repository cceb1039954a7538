import { Type, type Static, type TObject } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Kind } from '../kind.ts';
import type { Standard, Target } from '../model/standard.ts';
import { coerce } from '../schema/common.ts';
import type { Reader } from '../service/reader.ts';
import type { TagService } from '../service/tags.ts';
import { IdParams, targetOf } from './target.ts';
import { tagRoutes } from './tags.ts';
import { pageLinks, parseListQuery, project } from './query.ts';

export const ListParams = Type.Record(Type.String(), Type.Unknown());
type RawQuery = Readonly<Record<string, string | readonly string[]>>;

/** What most resources share. */
export interface Common {
  readonly reader: Reader;
  readonly tags: TagService;
}

export interface Resource<T extends Standard, C extends TObject, U extends TObject> {
  readonly kind: Kind<T>;
  readonly reader: Reader;
  readonly tags: TagService | null;
  readonly schemas: { readonly create: C; readonly update: U | null };
  /** Before a list: what has to be there first. */
  readonly prepare?: (ctx: Ctx, projectIds: readonly string[]) => Promise<void>;
  readonly useCases: {
    create(ctx: Ctx, bodies: readonly Static<C>[]): Promise<T[]>;
    update?(ctx: Ctx, target: Target, body: Static<U>): Promise<T>;
    delete(ctx: Ctx, target: Target): Promise<void>;
  };
}

/** The calls that every resource has: list, create (one or many), show, change, delete, and tags. */
export function resourceRoutes<T extends Standard, C extends TObject, U extends TObject>(
  resource: Resource<T, C, U>,
): Route[] {
  return [
    listRoute(resource),
    createRoute(resource),
    showRoute(resource),
    ...updateRoutes(resource),
    deleteRoute(resource),
    ...(resource.tags ? tagRoutes({ ...resource, tags: resource.tags }) : []),
  ];
}

/** The collection as a word. */
const slugOf = ({ collection }: { readonly collection: string }): string => collection.replaceAll('/', '-');

type Any<T extends Standard> = Resource<T, TObject, TObject>;

const listRoute = <T extends Standard>({
  kind,
  reader,
  prepare,
}: Pick<Any<T>, 'kind' | 'reader' | 'prepare'>): Route =>
  route({
    method: 'GET',
    url: `/v2.0/${kind.collection}`,
    name: `list-${slugOf(kind)}`,
    summary: `List ${kind.collection}.`,
    access: { rule: `get_${kind.singular}` },
    query: ListParams,
    status: 200,
    async handle({ ctx, query: given, base }) {
      const raw = given as RawQuery;
      const query = parseListQuery(raw);
      await prepare?.(ctx, query.filters['project_id'] ?? query.filters['tenant_id'] ?? []);
      const { items, more } = await reader.list(ctx, kind, query);
      const ids = items.map((item) => String(item['id']));
      const links =
        query.limit === null ? [] : pageLinks({ url: `${base}/v2.0/${kind.collection}`, raw, ids, more });
      return {
        [kind.plural]: items.map((item) => project(item, query.fields)),
        ...(links.length > 0 ? { [`${kind.plural}_links`]: links } : {}),
      };
    },
  });

const createRoute = <T extends Standard, C extends TObject, U extends TObject>({
  kind,
  reader,
  schemas,
  useCases,
}: Resource<T, C, U>): Route =>
  route({
    method: 'POST',
    url: `/v2.0/${kind.collection}`,
    name: `create-${slugOf(kind)}`,
    summary: `Create one or many: ${kind.collection}.`,
    access: { rule: `create_${kind.singular}` },
    body: Type.Union([
      Type.Object({ [kind.singular]: schemas.create }, { additionalProperties: false }),
      Type.Object(
        { [kind.plural]: Type.Array(schemas.create, { minItems: 1 }) },
        { additionalProperties: false },
      ),
    ]),
    status: 201,
    async handle({ ctx, body }) {
      const given = body as unknown as Record<string, Static<C> & Static<C>[]>;
      const many = given[kind.plural];
      const bodies = (many ?? [given[kind.singular]]) as Static<C>[];
      const items = await useCases.create(
        ctx,
        bodies.map((one) => coerce(schemas.create, one)),
      );
      const views = await reader.views(ctx, kind, items);
      return many ? { [kind.plural]: views } : { [kind.singular]: views[0] };
    },
  });

const showRoute = <T extends Standard>({ kind, reader }: Pick<Any<T>, 'kind' | 'reader'>): Route =>
  route({
    method: 'GET',
    url: `/v2.0/${kind.collection}/:id`,
    name: `get-${kind.singular}`,
    summary: `Show one of ${kind.collection}.`,
    access: { rule: `get_${kind.singular}` },
    params: IdParams,
    query: ListParams,
    status: 200,
    async handle({ ctx, params, query }) {
      const { fields } = parseListQuery(query as RawQuery);
      return { [kind.singular]: project(await reader.show(ctx, kind, params.id), fields) };
    },
  });

function updateRoutes<T extends Standard, C extends TObject, U extends TObject>(
  resource: Resource<T, C, U>,
): Route[] {
  const { kind, reader, schemas, useCases } = resource;
  const schema = schemas.update;
  if (!schema) return [];
  return [
    route({
      method: 'PUT',
      url: `/v2.0/${kind.collection}/:id`,
      name: `update-${kind.singular}`,
      summary: `Change one of ${kind.collection}.`,
      access: { rule: `update_${kind.singular}` },
      params: IdParams,
      body: Type.Object({ [kind.singular]: schema }, { additionalProperties: false }),
      status: 200,
      async handle(call) {
        const body = (call.body as unknown as Record<string, Static<U>>)[kind.singular] as Static<U>;
        const item = await useCases.update?.(call.ctx, targetOf(call), coerce(schema, body));
        return { [kind.singular]: item && (await reader.view(call.ctx, kind, item)) };
      },
    }),
  ];
}

const deleteRoute = <T extends Standard, C extends TObject, U extends TObject>({
  kind,
  useCases,
}: Resource<T, C, U>): Route =>
  route({
    method: 'DELETE',
    url: `/v2.0/${kind.collection}/:id`,
    name: `delete-${kind.singular}`,
    summary: `Delete one of ${kind.collection}.`,
    access: { rule: `delete_${kind.singular}` },
    params: IdParams,
    status: 204,
    handle: (call) => useCases.delete(call.ctx, targetOf(call)),
  });
