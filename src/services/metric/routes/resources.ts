import { badRequest, notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { isResourceType } from '../model/resource.ts';
import { metricOf } from '../model/metric.ts';
import { MetricParams, NamedParams, PageQuery, ResourceParams, SearchBody, TypeParams } from '../schema.ts';
import type { MetricService } from '../service/metrics.ts';
import {
  AGGREGATION_METHODS,
  ARCHIVE_POLICY,
  metricsOf,
  metricView,
  resourceView,
  TYPES,
  typeView,
} from '../view/resource.ts';

const access = { rule: 'metric:read' } as const;

/** What is measured. */
export const resourceRoutes = (metrics: MetricService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/resource/:type',
    name: 'list-resources',
    summary: 'List what is measured.',
    access,
    params: TypeParams,
    query: PageQuery,
    status: 200,
    handle: async ({ ctx, params, query }) =>
      paged(await metrics.list(ctx, params.type), query).map(resourceView),
  }),
  route({
    method: 'POST',
    url: '/v1/search/resource/:type',
    name: 'search-resources',
    summary: 'Find what is measured by a condition.',
    access,
    params: TypeParams,
    query: PageQuery,
    body: SearchBody,
    status: 200,
    handle: async ({ ctx, params, query, body }) =>
      paged(await metrics.list(ctx, params.type, Object.keys(body).length > 0 ? body : null), query).map(
        resourceView,
      ),
  }),
  route({
    method: 'GET',
    url: '/v1/resource/:type/:id',
    name: 'get-resource',
    summary: 'Show what is measured of a resource.',
    access,
    params: ResourceParams,
    status: 200,
    handle: async ({ ctx, params }) => resourceView(await metrics.get(ctx, params.type, params.id)),
  }),
  ...metricRoutes(metrics),
  ...settingRoutes(),
];

const metricRoutes = (metrics: MetricService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/resource/:type/:id/metric',
    name: 'list-resource-metrics',
    summary: 'List the metrics of a resource.',
    access,
    params: ResourceParams,
    status: 200,
    handle: async ({ ctx, params }) =>
      metricsOf(await metrics.get(ctx, params.type, params.id)).map(metricView),
  }),
  route({
    method: 'GET',
    url: '/v1/resource/:type/:id/metric/:name',
    name: 'get-resource-metric',
    summary: 'Show a metric of a resource.',
    access,
    params: NamedParams,
    status: 200,
    async handle({ ctx, params: { type, id, name } }) {
      const workload = await metrics.get(ctx, type, id);
      if (!metricOf(name)) throw notFound(`Metric ${name} does not exist`);
      return metricView({ workload, name });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/metric',
    name: 'list-metrics',
    summary: 'List all metrics.',
    access,
    query: PageQuery,
    status: 200,
    async handle({ ctx, query }) {
      const all = (await metrics.list(ctx, 'generic')).flatMap(metricsOf).map(metricView);
      return paged(all, query);
    },
  }),
  route({
    method: 'GET',
    url: '/v1/metric/:metric_id',
    name: 'get-metric',
    summary: 'Show a metric.',
    access,
    params: MetricParams,
    status: 200,
    async handle({ ctx, params }) {
      const series = await metrics.metric(ctx, params.metric_id);
      return { ...metricView(series), resource: resourceView(series.workload) };
    },
  }),
];

const settingRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-metric-versions',
    summary: 'Which versions there are.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => ({
      versions: [
        {
          id: 'v1.0',
          status: 'CURRENT',
          links: [{ rel: 'self', href: `${base}/v1/` }],
          updated: '2015-03-19',
        },
      ],
      build: '4.4',
    }),
  }),
  route({
    method: 'GET',
    url: '/v1/capabilities',
    name: 'get-metric-capabilities',
    summary: 'What can be asked.',
    access: 'authenticated',
    status: 200,
    handle: async () => ({ aggregation_methods: AGGREGATION_METHODS, dynamic_aggregation_methods: [] }),
  }),
  route({
    method: 'GET',
    url: '/v1/archive_policy',
    name: 'list-archive-policies',
    summary: 'How finely measures are kept, and how long.',
    access: 'authenticated',
    status: 200,
    handle: async () => [ARCHIVE_POLICY],
  }),
  route({
    method: 'GET',
    url: '/v1/resource_type',
    name: 'list-resource-types',
    summary: 'Kinds of what is measured.',
    access: 'authenticated',
    status: 200,
    handle: async () => TYPES,
  }),
  route({
    method: 'GET',
    url: '/v1/resource_type/:type',
    name: 'get-resource-type',
    summary: 'Show a kind of what is measured.',
    access: 'authenticated',
    params: TypeParams,
    status: 200,
    async handle({ params: { type } }) {
      if (!isResourceType(type)) throw notFound(`Resource type ${type} does not exist`);
      return typeView(type);
    },
  }),
];

interface Paging {
  readonly limit?: string;
  readonly marker?: string;
}

const MOST = 1000;

/** @throws CloudError `bad-request` for a marker that is not there */
function paged<T extends { readonly id: string }>(
  items: readonly T[],
  { limit, marker }: Paging,
): readonly T[] {
  const before = marker === undefined ? -1 : items.findIndex(({ id }) => id === marker);
  if (marker !== undefined && before < 0)
    throw badRequest(`Invalid pagination: \`Invalid marker: ${marker}\``);
  return items.slice(before + 1, before + 1 + Math.min(Number(limit ?? MOST), MOST));
}
