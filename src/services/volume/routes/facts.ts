import { Type } from 'typebox';
import { badRequest, notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { EXTENSIONS, RESOURCE_FILTERS } from '../model/extensions.ts';
import { AliasParams, ResourceQuery } from '../schema/periphery.ts';

/** What is the same for everybody, at all times. */
export const factRoutes = (): Route[] => [
  ...extensionRoutes(),
  filterRoute(),
  ...clusterRoutes(),
  cleanupRoute(),
];

const UPDATED = '2022-08-31T00:00:00+00:00';

const extensionView = (extension: (typeof EXTENSIONS)[number]) => ({
  ...extension,
  updated: UPDATED,
  links: [],
});

const extensionRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/v3/extensions',
    name: 'list-extensions',
    summary: 'List what there is beyond the core.',
    access: 'authenticated',
    status: 200,
    handle: async () => ({ extensions: EXTENSIONS.map(extensionView) }),
  }),
  route({
    method: 'GET',
    url: '/v3/extensions/:alias',
    name: 'get-extension',
    summary: 'Show an extension.',
    access: 'authenticated',
    params: AliasParams,
    status: 200,
    async handle({ params }) {
      const found = EXTENSIONS.find(({ alias }) => alias === params.alias);
      if (!found) throw notFound(`Extension ${params.alias} could not be found.`);
      return { extension: extensionView(found) };
    },
  }),
];

const filterRoute = (): Route =>
  route({
    method: 'GET',
    url: '/v3/resource_filters',
    name: 'list-resource-filters',
    summary: 'List what lists can be filtered by.',
    access: 'authenticated',
    since: '3.33',
    query: ResourceQuery,
    status: 200,
    async handle({ query }) {
      const filters = Object.entries(RESOURCE_FILTERS).map(([resource, names]) => ({
        resource,
        filters: names,
      }));
      return {
        resource_filters: filters.filter(({ resource }) => (query.resource ?? resource) === resource),
      };
    },
  });

/** Nodes are not clustered: each keeps its volumes by itself. */
const clusterRoutes = (): Route[] => [
  ...(['', '/detail'] as const).map((form) =>
    route({
      method: 'GET',
      url: `/v3/clusters${form}`,
      name: form === '' ? 'list-clusters' : 'list-details-of-clusters',
      summary: 'List clusters: there are none.',
      access: { rule: 'clusters:get_all' },
      since: '3.7',
      status: 200,
      handle: async () => ({ clusters: [] }),
    }),
  ),
  route({
    method: 'GET',
    url: '/v3/clusters/:cluster',
    name: 'get-cluster',
    summary: 'Show a cluster.',
    access: { rule: 'clusters:get' },
    since: '3.7',
    params: Type.Object({ cluster: Type.String() }),
    status: 200,
    handle: async ({ params }) => {
      throw notFound(`Cluster ${params.cluster} could not be found.`);
    },
  }),
];

const Filter = Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Boolean(), Type.Null()]));

/** Work that a crash interrupted goes on by itself: there is never anything to clean. */
const cleanupRoute = (): Route =>
  route({
    method: 'POST',
    url: '/v3/workers/cleanup',
    name: 'clean-workers',
    summary: 'Take up what crashed services left: nothing, for that happens by itself.',
    access: { rule: 'workers:cleanup' },
    since: '3.24',
    body: Type.Object({
      cluster_name: Filter,
      service_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
      host: Filter,
      binary: Filter,
      is_up: Filter,
      disabled: Filter,
      resource_id: Filter,
      resource_type: Filter,
    }),
    status: 202,
    async handle({ body }) {
      const { resource_type } = body;
      if (typeof resource_type === 'string' && !['Volume', 'Snapshot'].includes(resource_type))
        throw badRequest(`Resource type must be Volume or Snapshot, not ${resource_type}.`);
      return { cleaning: [], unavailable: [] };
    },
  });
