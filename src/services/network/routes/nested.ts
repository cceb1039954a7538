import { Type, type Static, type TObject } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Kind } from '../kind.ts';
import type { Standard, Target } from '../model/standard.ts';
import { coerce } from '../schema/common.ts';
import type { Reader } from '../service/reader.ts';
import { parseListQuery, project } from './query.ts';
import { ListParams } from './resource.ts';
import { IdParams, targetOf } from './target.ts';

/** A resource whose objects are parts of another's, and are seen by whoever sees that. */
export interface Nested<P extends Standard, T extends Standard, C extends TObject, U extends TObject> {
  readonly parent: Kind<P>;
  /** The filter that names the parent. */
  readonly by: string;
  readonly kind: Kind<T>;
  /** The word in policy rules. */
  readonly word: string;
  readonly reader: Reader;
  readonly schemas: { readonly create: C; readonly update: U };
  readonly useCases: {
    create(ctx: Ctx, parent: Target, bodies: readonly Static<C>[]): Promise<T[]>;
    // oxlint-disable-next-line max-params
    update(ctx: Ctx, parent: Target, id: string, body: Static<U>): Promise<T>;
    delete(ctx: Ctx, parent: Target, id: string): Promise<void>;
  };
}

const PartParams = Type.Object({ id: Type.String(), part: Type.String() });
type RawQuery = Readonly<Record<string, string | readonly string[]>>;

/** The calls that parts have: list, create, show, change, delete. */
export const nestedRoutes = <P extends Standard, T extends Standard, C extends TObject, U extends TObject>(
  nested: Nested<P, T, C, U>,
): Route[] => [...readRoutes(nested), ...writeRoutes(nested)];

const urlOf = ({ parent, kind }: { parent: { collection: string }; kind: { collection: string } }): string =>
  `/v2.0/${parent.collection}/:id/${kind.collection}`;

type Read<P extends Standard, T extends Standard> = Pick<
  Nested<P, T, TObject, TObject>,
  'parent' | 'by' | 'kind' | 'word' | 'reader'
>;

function readRoutes<P extends Standard, T extends Standard>(nested: Read<P, T>): Route[] {
  const { parent, by, kind, word, reader } = nested;
  const access = { rule: `get_${word}` };
  return [
    route({
      method: 'GET',
      url: urlOf(nested),
      name: `list-${word}`,
      summary: `List ${kind.plural} of a ${parent.singular}.`,
      access,
      params: IdParams,
      query: ListParams,
      status: 200,
      async handle({ ctx, params, query: raw }) {
        await reader.assertVisible(ctx, parent, params.id);
        const query = parseListQuery(raw as RawQuery);
        const filters = { ...query.filters, [by]: [params.id] };
        const { items } = await reader.list(ctx, kind, { ...query, filters });
        return { [kind.plural]: items.map((item) => project(item, query.fields)) };
      },
    }),
    route({
      method: 'GET',
      url: `${urlOf(nested)}/:part`,
      name: `get-${word}`,
      summary: `Show one of ${kind.plural}.`,
      access,
      params: PartParams,
      status: 200,
      async handle({ ctx, params }) {
        await reader.assertVisible(ctx, parent, params.id);
        const query = { ...parseListQuery({}), filters: { [by]: [params.id], id: [params.part] } };
        const [item] = (await reader.list(ctx, kind, query)).items;
        if (!item) throw kind.notFound(params.part);
        return { [kind.singular]: item };
      },
    }),
  ];
}

function writeRoutes<P extends Standard, T extends Standard, C extends TObject, U extends TObject>(
  nested: Nested<P, T, C, U>,
): Route[] {
  const { kind, word, reader, schemas, useCases } = nested;
  const bodyOf = (schema: TObject) =>
    Type.Object({ [kind.singular]: schema }, { additionalProperties: false });
  const given = (body: unknown) => (body as Record<string, never>)[kind.singular] as never;
  return [
    route({
      method: 'POST',
      url: urlOf(nested),
      name: `create-${word}`,
      summary: `Create one of ${kind.plural}.`,
      access: { rule: `create_${word}` },
      params: IdParams,
      body: bodyOf(schemas.create),
      status: 201,
      async handle(call) {
        const body = coerce(schemas.create, given(call.body));
        const [item] = await useCases.create(call.ctx, targetOf(call), [body]);
        return { [kind.singular]: item && (await reader.view(call.ctx, kind, item)) };
      },
    }),
    route({
      method: 'PUT',
      url: `${urlOf(nested)}/:part`,
      name: `update-${word}`,
      summary: `Change one of ${kind.plural}.`,
      access: { rule: `update_${word}` },
      params: PartParams,
      body: bodyOf(schemas.update),
      status: 200,
      async handle(call) {
        const body = coerce(schemas.update, given(call.body));
        const item = await useCases.update(call.ctx, targetOf(call), call.params.part, body);
        return { [kind.singular]: await reader.view(call.ctx, kind, item) };
      },
    }),
    route({
      method: 'DELETE',
      url: `${urlOf(nested)}/:part`,
      name: `delete-${word}`,
      summary: `Delete one of ${kind.plural}.`,
      access: { rule: `delete_${word}` },
      params: PartParams,
      status: 204,
      handle: (call) => useCases.delete(call.ctx, targetOf(call), call.params.part),
    }),
  ];
}
