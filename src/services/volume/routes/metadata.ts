import { Type } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { route, type Method, type Route } from '#kernel/http/route.ts';
import { MetaItem, WrappedMetadata } from '../schema/volume.ts';

export type Labels = Readonly<Record<string, string>>;

/** Things that have metadata. */
export interface Labelled {
  /** `volumes`. */
  readonly path: string;
  /** `volume`: also the path's parameter. */
  readonly singular: string;
  readonly rules: Readonly<Record<'get' | 'create' | 'update' | 'delete', string>>;
  get(ctx: Ctx, id: string, rule: string): Promise<Labels>;
  /** @returns what is there afterwards */
  set(ctx: Ctx, change: LabelChange): Promise<Labels>;
}

export interface LabelChange {
  readonly id: string;
  readonly rule: string;
  readonly to: (before: Labels) => Labels;
}

/** The metadata of one kind of things: all of it, and entry by entry. */
export function metadataRoutes(kind: Labelled): Route[] {
  const { path, singular, rules } = kind;
  const all = Type.Object({ [singular]: Type.String() });
  const one = Type.Object({ [singular]: Type.String(), key: Type.String() });
  const url = `/v3/${path}/:${singular}/metadata`;
  const idOf = (params: unknown) => (params as Record<string, string>)[singular] ?? '';
  const write = (method: Method, verb: 'create' | 'update', merge: Merge) =>
    route({
      method,
      url,
      name: `${verb}-${singular}-metadata`,
      summary: verb === 'create' ? 'Add metadata.' : 'Replace the metadata.',
      access: { rule: rules[verb] },
      params: all,
      body: WrappedMetadata,
      status: 200,
      async handle({ ctx, params, body }) {
        const to = (before: Labels) => merge(before, body.metadata);
        return { metadata: await kind.set(ctx, { id: idOf(params), rule: rules[verb], to }) };
      },
    });
  return [
    route({
      method: 'GET',
      url,
      name: `get-${singular}-metadata`,
      summary: 'Show the metadata.',
      access: { rule: rules.get },
      params: all,
      status: 200,
      handle: async ({ ctx, params }) => ({ metadata: await kind.get(ctx, idOf(params), rules.get) }),
    }),
    write('POST', 'create', (before, given) => ({ ...before, ...given })),
    write('PUT', 'update', (_before, given) => given),
    ...entryRoutes(kind, { url: `${url}/:key`, params: one, idOf }),
  ];
}

type Merge = (before: Labels, given: Labels) => Labels;

interface EntryPath {
  readonly url: string;
  readonly params: ReturnType<typeof Type.Object>;
  readonly idOf: (params: unknown) => string;
}

function entryRoutes(kind: Labelled, { url, params, idOf }: EntryPath): Route[] {
  const { singular, rules } = kind;
  const keyOf = (given: unknown) => (given as { key: string }).key;
  return [
    route({
      method: 'GET',
      url,
      name: `get-${singular}-metadata-item`,
      summary: 'Show one entry of the metadata.',
      access: { rule: rules.get },
      params,
      status: 200,
      async handle(call) {
        const key = keyOf(call.params);
        const metadata = await kind.get(call.ctx, idOf(call.params), rules.get);
        return { meta: { [key]: entryOf(metadata, key) } };
      },
    }),
    route({
      method: 'PUT',
      url,
      name: `update-${singular}-metadata-item`,
      summary: 'Set one entry of the metadata.',
      access: { rule: rules.update },
      params,
      body: MetaItem,
      status: 200,
      async handle(call) {
        const { meta } = call.body;
        const key = keyOf(call.params);
        const to = (before: Labels) => {
          assertIs(meta, key);
          return { ...before, ...meta };
        };
        await kind.set(call.ctx, { id: idOf(call.params), rule: rules.update, to });
        return { meta };
      },
    }),
    route({
      method: 'DELETE',
      url,
      name: `delete-${singular}-metadata-item`,
      summary: 'Remove one entry of the metadata.',
      access: { rule: rules.delete },
      params,
      status: 200,
      async handle(call) {
        const key = keyOf(call.params);
        const to = (before: Labels) => {
          entryOf(before, key);
          return Object.fromEntries(Object.entries(before).filter(([name]) => name !== key));
        };
        await kind.set(call.ctx, { id: idOf(call.params), rule: rules.delete, to });
      },
    }),
  ];
}

function assertIs(entry: Labels, key: string): void {
  if (Object.keys(entry).length !== 1 || !Object.hasOwn(entry, key))
    throw badRequest('Request body and URI mismatch: the entry in the body must be the one in the URL.');
}

function entryOf(metadata: Labels, key: string): string {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (value === undefined) throw notFound(`Metadata item ${key} was not found.`);
  return value;
}
