import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { beginOf, RINGS } from '#measures/slot.ts';
import type { Static } from 'typebox';
import { CurrentQuery, MeasuresQuery, MetricParams, NamedParams } from '../schema.ts';
import type { MetricService, Series } from '../service/metrics.ts';

/** What was measured, as `[time, granularity, value]`. */
export const measureRoutes = (metrics: MetricService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/resource/:type/:id/metric/:name/measures',
    name: 'get-resource-measures',
    summary: "Show what a resource's metric was.",
    access: { rule: 'metric:read' },
    params: NamedParams,
    query: MeasuresQuery,
    status: 200,
    async handle({ ctx, params, query }) {
      const workload = await metrics.get(ctx, params.type, params.id);
      return measured(ctx, metrics, { series: { workload, name: params.name }, query });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/metric/:metric_id/measures',
    name: 'get-measures',
    summary: 'Show what a metric was.',
    access: { rule: 'metric:read' },
    params: MetricParams,
    query: MeasuresQuery,
    status: 200,
    handle: async ({ ctx, params, query }) =>
      measured(ctx, metrics, { series: await metrics.metric(ctx, params.metric_id), query }),
  }),
  route({
    method: 'GET',
    url: '/v1/current',
    name: 'list-current-measures',
    summary: "Show what all of the project's workloads use now: a call of Hydria's own.",
    access: { rule: 'metric:read' },
    query: CurrentQuery,
    status: 200,
    handle: async ({ ctx, query }) => ({
      current: await metrics.current(ctx, [...new Set(query.metric.split(','))]),
    }),
  }),
];

interface Asked {
  readonly series: Series;
  readonly query: Static<typeof MeasuresQuery>;
}

/** Of every granularity, the coarsest first, where none is named: as Gnocchi does it. */
async function measured(ctx: Ctx, metrics: MetricService, { series, query }: Asked) {
  const now = Math.floor(ctx.clock.now().getTime() / 1000);
  const start = moment(query.start);
  const stop = moment(query.stop) ?? now;
  const kept = RINGS.map(({ seconds, slots }) => ({ granularity: seconds, reach: seconds * slots }));
  const granularity = Number(query.granularity);
  const asked = query.granularity ? [{ granularity, reach: reachOf(granularity) }] : kept.toReversed();
  const answers = await Promise.all(
    asked.map(async ({ granularity, reach }) => {
      const from = beginOf(Math.max(start ?? 0, now - reach), granularity);
      const span = { granularity, from, until: stop - 1 };
      const measures = await metrics.measures(series, query.aggregation ?? 'mean', span);
      return measures.map(({ at, value }) => [`${at.slice(0, 19)}+00:00`, granularity, value]);
    }),
  );
  return answers.flat();
}

/** How far back there can be anything. */
const reachOf = (granularity: number): number =>
  Math.max(...RINGS.map(({ seconds, slots }) => (granularity % seconds === 0 ? seconds * slots : 0)));

/** @returns seconds since 1970. @throws CloudError `bad-request` */
function moment(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(zoned(text)) / 1000;
  if (Number.isFinite(seconds)) return Math.floor(seconds);
  throw badRequest(`Invalid value for a time: ${text}`);
}

/** A time without a zone is UTC's. */
const zoned = (text: string): string => (/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
