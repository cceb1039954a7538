import { Reply, route, type Route } from '#kernel/http/route.ts';
import {
  CreateNamespace,
  ForResourceType,
  ItemParams,
  ListNamespaces,
  MetadefAssociation,
  NamespaceParams,
  parsePage,
  UpdateNamespace,
} from '../schema/metadef.ts';
import { nextQuery } from '../schema/list-query.ts';
import type { NamespaceService } from '../service/metadef-namespaces.ts';
import { NAMESPACE_SORT_COLUMNS } from '../store/metadef-namespaces.ts';
import {
  associationView,
  listedNamespaceView,
  listView,
  namespaceView,
  resourceTypeView,
  wholeNamespaceView,
} from '../view/metadef.ts';

const ROOT = '/v2/metadefs/namespaces';

export const namespaceRoutes = (namespaces: NamespaceService): Route[] => [
  route({
    method: 'GET',
    url: ROOT,
    name: 'list-metadef-namespaces',
    summary: 'List namespaces of metadata definitions.',
    access: { rule: 'get_metadef_namespaces' },
    query: ListNamespaces,
    status: 200,
    async handle({ ctx, query }) {
      const page = parsePage(query, NAMESPACE_SORT_COLUMNS);
      const resourceTypes = query.resource_types?.split(',').filter((name) => name !== '') ?? [];
      const filter = { visibility: query.visibility ?? null, resourceTypes };
      const none = { items: [], next: null };
      const { items, next } = page.limit === 0 ? none : await namespaces.list(ctx, filter, page);
      const links = { query: nextQuery(query, null), next: next && nextQuery(query, next) };
      return listView({ name: 'namespaces', ...links }, items.map(listedNamespaceView));
    },
  }),
  route({
    method: 'POST',
    url: ROOT,
    name: 'create-metadef-namespace',
    summary: 'Create a namespace, with what is in it.',
    access: { rule: 'add_metadef_namespace' },
    body: CreateNamespace,
    status: 201,
    async handle({ ctx, body, base }) {
      const whole = await namespaces.create(ctx, body);
      const location = `${base}${ROOT}/${encodeURIComponent(whole.namespace.name)}`;
      return new Reply(wholeNamespaceView(whole), { headers: { location } });
    },
  }),
  route({
    method: 'GET',
    url: `${ROOT}/:namespace`,
    name: 'get-metadef-namespace',
    summary: 'Show a namespace with all that is in it.',
    access: { rule: 'get_metadef_namespace' },
    params: NamespaceParams,
    query: ForResourceType,
    status: 200,
    handle: async ({ ctx, params, query }) =>
      wholeNamespaceView(await namespaces.whole(ctx, params.namespace), query.resource_type),
  }),
  route({
    method: 'PUT',
    url: `${ROOT}/:namespace`,
    name: 'update-metadef-namespace',
    summary: 'Change a namespace itself.',
    access: { rule: 'modify_metadef_namespace' },
    params: NamespaceParams,
    body: UpdateNamespace,
    status: 200,
    handle: async ({ ctx, params, body }) =>
      namespaceView(await namespaces.update(ctx, params.namespace, body)),
  }),
  route({
    method: 'DELETE',
    url: `${ROOT}/:namespace`,
    name: 'delete-metadef-namespace',
    summary: 'Delete a namespace with all that is in it.',
    access: { rule: 'delete_metadef_namespace' },
    params: NamespaceParams,
    status: 204,
    handle: ({ ctx, params }) => namespaces.delete(ctx, params.namespace),
  }),
  ...resourceTypeRoutes(namespaces),
];

const resourceTypeRoutes = (namespaces: NamespaceService): Route[] => [
  route({
    method: 'GET',
    url: '/v2/metadefs/resource_types',
    name: 'list-metadef-resource-types',
    summary: 'List the kinds of resources that definitions are for.',
    access: { rule: 'list_metadef_resource_types' },
    status: 200,
    handle: async () => ({ resource_types: (await namespaces.resourceTypes()).map(resourceTypeView) }),
  }),
  route({
    method: 'GET',
    url: `${ROOT}/:namespace/resource_types`,
    name: 'list-metadef-associations',
    summary: 'For which kinds of resources a namespace is.',
    access: { rule: 'get_metadef_resource_type' },
    params: NamespaceParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      resource_type_associations: (await namespaces.associations(ctx, params.namespace)).map(associationView),
    }),
  }),
  route({
    method: 'POST',
    url: `${ROOT}/:namespace/resource_types`,
    name: 'create-metadef-association',
    summary: 'Say that a namespace is for a kind of resource.',
    access: { rule: 'add_metadef_resource_type_association' },
    params: NamespaceParams,
    body: MetadefAssociation,
    status: 201,
    handle: async ({ ctx, params, body }) =>
      associationView(await namespaces.associate(ctx, params.namespace, body)),
  }),
  route({
    method: 'DELETE',
    url: `${ROOT}/:namespace/resource_types/:name`,
    name: 'delete-metadef-association',
    summary: 'Take that back.',
    access: { rule: 'remove_metadef_resource_type_association' },
    params: ItemParams,
    status: 204,
    handle: ({ ctx, params }) => namespaces.dissociate(ctx, params.namespace, params.name),
  }),
];
