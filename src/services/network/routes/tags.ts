import { Type } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { Kind } from '../kind.ts';
import type { Standard } from '../model/standard.ts';
import type { Reader } from '../service/reader.ts';
import { tagNotFound, type TagService } from '../service/tags.ts';
import { IdParams, targetOf } from './target.ts';

const TagParams = Type.Object({
  id: Type.String(),
  tag: Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/]+$' }),
});
const TagsBody = Type.Object({
  tags: Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/]+$' }), { maxItems: 50 }),
});

export interface Tagged<T extends Standard> {
  readonly kind: Kind<T>;
  readonly reader: Reader;
  readonly tags: TagService;
}

/** The tags of an object: as a whole, and one by one. */
export const tagRoutes = <T extends Standard>(tagged: Tagged<T>): Route[] => [
  ...tagListRoutes(tagged),
  ...tagItemRoutes(tagged),
];

/** What the calls on one resource's tags have in common. */
function commonsOf<T extends Standard>({ kind, reader }: Tagged<T>) {
  const list = `/v2.0/${kind.tagCollection ?? kind.collection}/:id/tags`;
  const read = { access: { rule: `get_${kind.singular}` }, summary: `Read tags of ${kind.collection}.` };
  const write = {
    access: { rule: `update_${kind.singular}` },
    summary: `Change tags of ${kind.collection}.`,
  };
  const own = async (ctx: Ctx, id: string) => (await reader.show(ctx, kind, id))['tags'] as readonly string[];
  const name = (verb: string) => `${verb}-of-${kind.singular}`;
  return { list, read, write, own, name };
}

function tagListRoutes<T extends Standard>(tagged: Tagged<T>): Route[] {
  const { kind, tags } = tagged;
  const { list, read, write, own, name } = commonsOf(tagged);
  return [
    route({
      method: 'GET',
      url: list,
      name: name('list-tags'),
      ...read,
      params: IdParams,
      status: 200,
      handle: async ({ ctx, params }) => ({ tags: await own(ctx, params.id) }),
    }),
    route({
      method: 'PUT',
      url: list,
      name: name('replace-tags'),
      ...write,
      params: IdParams,
      body: TagsBody,
      status: 200,
      handle: async (call) => ({
        tags: await tags.set(call.ctx, kind, targetOf(call), () => call.body.tags),
      }),
    }),
    route({
      method: 'POST',
      url: list,
      name: name('append-tags'),
      ...write,
      params: IdParams,
      body: TagsBody,
      status: 200,
      handle: async (call) => ({
        tags: await tags.set(call.ctx, kind, targetOf(call), (known) => [...known, ...call.body.tags]),
      }),
    }),
    route({
      method: 'DELETE',
      url: list,
      name: name('delete-tags'),
      ...write,
      params: IdParams,
      status: 204,
      async handle(call) {
        await tags.set(call.ctx, kind, targetOf(call), () => []);
      },
    }),
  ];
}

function tagItemRoutes<T extends Standard>(tagged: Tagged<T>): Route[] {
  const { kind, tags } = tagged;
  const { list, read, write, own, name } = commonsOf(tagged);
  return [
    route({
      method: 'GET',
      url: `${list}/:tag`,
      name: name('get-tag'),
      ...read,
      params: TagParams,
      status: 204,
      async handle({ ctx, params }) {
        if (!(await own(ctx, params.id)).includes(params.tag)) throw tagNotFound(params.tag);
      },
    }),
    route({
      method: 'PUT',
      url: `${list}/:tag`,
      name: name('add-tag'),
      ...write,
      params: TagParams,
      status: 201,
      async handle(call) {
        await tags.set(call.ctx, kind, targetOf(call), (known) => [...known, call.params.tag]);
        return new Reply({});
      },
    }),
    route({
      method: 'DELETE',
      url: `${list}/:tag`,
      name: name('delete-tag'),
      ...write,
      params: TagParams,
      status: 204,
      async handle(call) {
        await tags.set(call.ctx, kind, targetOf(call), (known) => {
          if (!known.includes(call.params.tag)) throw tagNotFound(call.params.tag);
          return known.filter((tag) => tag !== call.params.tag);
        });
      },
    }),
  ];
}
