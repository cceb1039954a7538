import type { TObject } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { Item, ItemKind } from '../model/metadef.ts';
import {
  ItemParams,
  ListItems,
  MetadefObject,
  MetadefProperty,
  MetadefTag,
  MetadefTags,
  NamespaceParams,
  parsePage,
} from '../schema/metadef.ts';
import { nextQuery } from '../schema/list-query.ts';
import type { ItemBody, ItemService } from '../service/metadef-items.ts';
import { ITEM_SORT_COLUMNS } from '../store/metadef-items.ts';
import { listView, objectView, propertyView, tagView } from '../view/metadef.ts';

/** All that differs between the kinds. */
interface Kind {
  readonly kind: ItemKind;
  readonly plural: 'objects' | 'properties' | 'tags';
  readonly body: TObject;
  /** Upstream's names of the rules. */
  readonly rules: Readonly<Record<'list' | 'get' | 'add' | 'modify' | 'remove', string>>;
  readonly view: (namespace: string, item: Item) => object;
  readonly viewAll: (namespace: string, items: readonly Item[]) => unknown;
}

const rulesOf = (one: string, many: string, remove: string): Kind['rules'] => ({
  list: `get_metadef_${many}`,
  get: `get_metadef_${one}`,
  add: `add_metadef_${one}`,
  modify: `modify_metadef_${one}`,
  remove: `${remove}_metadef_${one}`,
});

export const OBJECTS: Kind = {
  kind: 'object',
  plural: 'objects',
  body: MetadefObject,
  rules: rulesOf('object', 'objects', 'delete'),
  view: objectView,
  viewAll: (namespace, items) => items.map((item) => objectView(namespace, item)),
};
export const PROPERTIES: Kind = {
  kind: 'property',
  plural: 'properties',
  body: MetadefProperty,
  rules: rulesOf('property', 'properties', 'remove'),
  view: (_namespace, item) => propertyView(item),
  viewAll: (_namespace, items) => Object.fromEntries(items.map((item) => [item.name, item.body])),
};
export const TAGS: Kind = {
  kind: 'tag',
  plural: 'tags',
  body: MetadefTag,
  rules: rulesOf('tag', 'tags', 'delete'),
  view: (_namespace, item) => tagView(item),
  viewAll: (_namespace, items) => items.map(({ name }) => ({ name })),
};

const ROOT = '/v2/metadefs/namespaces/:namespace';

export function itemRoutes(kind: Kind, items: ItemService): Route[] {
  const { plural, rules } = kind;
  const collection = `${ROOT}/${plural}`;
  return [
    route({
      method: 'GET',
      url: collection,
      name: `list-metadef-${plural}`,
      summary: `List the ${plural} of a namespace.`,
      access: { rule: rules.list },
      params: NamespaceParams,
      query: ListItems,
      status: 200,
      async handle({ ctx, params, query }) {
        const of = params.namespace;
        const { items: found, next } = await items.list(ctx, of, parsePage(query, ITEM_SORT_COLUMNS));
        const links = { query: nextQuery(query, null), next: next && nextQuery(query, next) };
        return listView({ name: plural, of, ...links }, kind.viewAll(of, found));
      },
    }),
    route({
      method: 'DELETE',
      url: collection,
      name: `delete-metadef-${plural}`,
      summary: `Delete all ${plural} of a namespace.`,
      access: { rule: rules.remove },
      params: NamespaceParams,
      status: 204,
      handle: ({ ctx, params }) => items.deleteAll(ctx, params.namespace),
    }),
    ...(kind.kind === 'tag' ? tagCreationRoutes(items) : [creationRoute(kind, items)]),
    ...oneItemRoutes(kind, items),
  ];
}

const creationRoute = (kind: Kind, items: ItemService): Route =>
  route({
    method: 'POST',
    url: `${ROOT}/${kind.plural}`,
    name: `create-metadef-${kind.kind}`,
    summary: `Add one to the ${kind.plural} of a namespace.`,
    access: { rule: kind.rules.add },
    params: NamespaceParams,
    body: kind.body,
    status: 201,
    handle: async ({ ctx, params, body }) =>
      kind.view(params.namespace, await items.create(ctx, params.namespace, body as unknown as ItemBody)),
  });

const tagCreationRoutes = (items: ItemService): Route[] => [
  route({
    method: 'POST',
    url: `${ROOT}/tags`,
    name: 'create-metadef-tags',
    summary: 'Replace the tags of a namespace, or add some.',
    access: { rule: 'add_metadef_tags' },
    params: NamespaceParams,
    body: MetadefTags,
    status: 201,
    async handle({ ctx, params, body, headers }) {
      const append = String(headers['x-openstack-append']).toLowerCase() === 'true';
      const made = await items.createAll(ctx, params.namespace, { bodies: body.tags, append });
      return { tags: made.map(({ name }) => ({ name })) };
    },
  }),
  route({
    method: 'POST',
    url: `${ROOT}/tags/:name`,
    name: 'create-metadef-tag',
    summary: 'Add a tag to a namespace.',
    access: { rule: TAGS.rules.add },
    params: ItemParams,
    status: 201,
    handle: async ({ ctx, params }) =>
      tagView(await items.create(ctx, params.namespace, { name: params.name })),
  }),
];

const oneItemRoutes = ({ kind, plural, body, rules, view }: Kind, items: ItemService): Route[] => {
  const url = `${ROOT}/${plural}/:name`;
  return [
    route({
      method: 'GET',
      url,
      name: `get-metadef-${kind}`,
      summary: `Show one of the ${plural} of a namespace.`,
      access: { rule: rules.get },
      params: ItemParams,
      status: 200,
      handle: async ({ ctx, params }) =>
        view(params.namespace, await items.get(ctx, params.namespace, params.name)),
    }),
    route({
      method: 'PUT',
      url,
      name: `update-metadef-${kind}`,
      summary: `Replace one of the ${plural} of a namespace.`,
      access: { rule: rules.modify },
      params: ItemParams,
      body,
      status: 200,
      async handle({ ctx, params, body: given }) {
        const change = { name: params.name, body: given as unknown as ItemBody };
        return view(params.namespace, await items.update(ctx, params.namespace, change));
      },
    }),
    route({
      method: 'DELETE',
      url,
      name: `delete-metadef-${kind}`,
      summary: `Delete one of the ${plural} of a namespace.`,
      access: { rule: rules.remove },
      params: ItemParams,
      status: 204,
      handle: ({ ctx, params }) => items.delete(ctx, params.namespace, params.name),
    }),
  ];
};
