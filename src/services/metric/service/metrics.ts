import { projectOf, type Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { RINGS } from '#measures/slot.ts';
import type { MeasureQuestion } from '#measures/question.ts';
import type { Workload } from '../../container/port.ts';
import { METRICS, metricId, metricOf, type Source } from '../model/metric.ts';
import { isResourceType, matches, WrongFilter } from '../model/resource.ts';
import {
  measureOf,
  parseAggregation,
  pointsOf,
  ringFor,
  together,
  type Aggregation,
} from '../model/series.ts';
import type { Measure, MetricPort, ResourceFilter, SeriesQuery } from '../port.ts';
import { askNodes, type Answers, type Asked } from './ask-nodes.ts';
import type { MetricDeps } from './deps.ts';

/** One workload's metric. */
export interface Series {
  readonly workload: Workload;
  readonly name: string;
}

export interface Span {
  /** Seconds. */
  readonly granularity: number;
  /** Seconds since 1970, both included. */
  readonly from: number;
  readonly until: number;
}

interface Wanted extends Span {
  readonly aggregation: Aggregation;
  readonly series: readonly { readonly source: Source; readonly asked: Asked }[];
}

/** Figures by metric, by workload. */
export type Current = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What is older is not what is now. */
const NEW_SECONDS = 40;
const MEAN: Aggregation = { base: 'mean', rate: false };

/** What workloads used, as their nodes keep it: nothing of it is in the database. */
export class MetricService implements MetricPort {
  readonly #deps: MetricDeps;

  constructor(deps: MetricDeps) {
    this.#deps = deps;
  }

  async read(queries: readonly SeriesQuery[]): Promise<ReadonlyMap<string, readonly Measure[]>> {
    const projectIds = [...new Set(queries.map(({ projectId }) => projectId))];
    if (projectIds.length === 0) return new Map();
    const workloads = await this.#deps.workloads.find({ projectIds });
    const wanted = queries.map((query) => ({ key: query.key, wish: wishOf(query, workloads) }));
    const questions = wanted.flatMap(({ wish }) => wish?.series.map(({ asked }) => asked) ?? []);
    const answers = await askNodes(this.#deps, questions);
    return new Map(wanted.map(({ key, wish }) => [key, wish ? answerOf(wish, answers) : []]));
  }

  /** The workloads that the caller may see and that are so. @throws CloudError `bad-request` for a wrong filter */
  async list(ctx: Ctx, type: string, filter: ResourceFilter | null = null): Promise<readonly Workload[]> {
    if (!isResourceType(type)) throw notFound(`Resource type ${type} does not exist`);
    const projectIds = this.#sees(ctx) ? null : [projectOf(ctx)];
    const all = await this.#deps.workloads.find({ projectIds });
    try {
      return filter === null ? all : all.filter((workload) => matches(workload, filter));
    } catch (thrown) {
      if (thrown instanceof WrongFilter) throw badRequest(`Invalid input: ${thrown.message}`);
      throw thrown;
    }
  }

  /** @throws CloudError `not-found` */
  async get(ctx: Ctx, type: string, id: string): Promise<Workload> {
    if (!isResourceType(type)) throw notFound(`Resource type ${type} does not exist`);
    const projectIds = this.#sees(ctx) ? null : [projectOf(ctx)];
    const [workload] = await this.#deps.workloads.find({ projectIds, ids: [id] });
    if (!workload) throw notFound(`Resource ${id} does not exist`);
    return workload;
  }

  /** @throws CloudError `not-found` */
  async metric(ctx: Ctx, id: string): Promise<Series> {
    for (const workload of await this.list(ctx, 'generic'))
      for (const name of Object.keys(METRICS))
        if (metricId(workload.id, name) === id) return { workload, name };
    throw notFound(`Metric ${id} does not exist`);
  }

  /** @throws CloudError `not-found` for an unknown metric, `bad-request` for a granularity or an aggregation that is not kept */
  async measures({ workload, name }: Series, aggregation: string, span: Span): Promise<readonly Measure[]> {
    const source = metricOf(name)?.source;
    if (!source) throw notFound(`Metric ${name} does not exist`);
    const how = parseAggregation(aggregation);
    if (!how) throw badRequest(`Invalid aggregation method: ${aggregation}`);
    const asked = askedOf(workload, span);
    if (!asked) throw badRequest(`Granularity '${span.granularity}' for metric ${name} does not exist`);
    const wanted: Wanted = { ...span, aggregation: how, series: [{ source, asked }] };
    return answerOf(wanted, await askNodes(this.#deps, [asked]));
  }

  /** The newest figures of all workloads of the caller's project, by workload and metric. @throws CloudError `not-found` for an unknown metric */
  async current(ctx: Ctx, names: readonly string[]): Promise<Current> {
    const sources = names.map((name) => {
      const source = metricOf(name)?.source;
      if (!source) throw notFound(`Metric ${name} does not exist`);
      return [name, source] as const;
    });
    const [ring] = RINGS;
    const until = Math.floor(this.#deps.clock.now().getTime() / 1000);
    const span = { granularity: ring.seconds, from: until - NEW_SECONDS, until };
    const workloads = await this.#deps.workloads.find({ projectIds: [projectOf(ctx)] });
    const series = workloads.flatMap((workload) => {
      const asked = askedOf(workload, span);
      return asked ? [{ workload, asked }] : [];
    });
    const answers = await askNodes(
      this.#deps,
      series.map(({ asked }) => asked),
    );
    return Object.fromEntries(
      series.map(({ workload, asked }) => {
        const figures = sources.flatMap(([name, source]) => {
          const wanted = { ...span, aggregation: MEAN, series: [{ source, asked }] };
          const last = answerOf(wanted, answers).at(-1);
          return last ? [[name, last.value] as const] : [];
        });
        return [workload.id, Object.fromEntries(figures)];
      }),
    );
  }

  #sees(ctx: Ctx): boolean {
    return this.#deps.policy.allows(ctx, 'metric:all_projects');
  }
}

/** Undefined for what nobody can answer. */
function wishOf(query: SeriesQuery, workloads: readonly Workload[]): Wanted | undefined {
  const aggregation = parseAggregation(query.aggregation);
  const [from, until] = [query.from, query.until].map((iso) => Math.floor(Date.parse(iso) / 1000));
  if (!aggregation || from === undefined || until === undefined) return undefined;
  const span = { granularity: query.granularity, from, until };
  const series = chosen(query, workloads).flatMap(({ workload, name }) => {
    const source = metricOf(name)?.source;
    const asked = askedOf(workload, span);
    return source && asked ? [{ source, asked }] : [];
  });
  return { ...span, aggregation, series };
}

function chosen({ projectId, metrics, select }: SeriesQuery, all: readonly Workload[]): readonly Series[] {
  const own = all.filter((workload) => workload.projectId === projectId);
  if (select.by === 'series') {
    const every = own.flatMap((workload) => Object.keys(METRICS).map((name) => ({ workload, name })));
    return every.filter(({ workload, name }) => metrics.includes(metricId(workload.id, name)));
  }
  if (!isResourceType(select.resourceType)) return [];
  const found = own.filter((one) =>
    select.by === 'resource' ? one.id === select.id : isSo(one, select.filter),
  );
  return found.flatMap((workload) => metrics.map((name) => ({ workload, name })));
}

function isSo(workload: Workload, filter: ResourceFilter): boolean {
  try {
    return matches(workload, filter);
  } catch (thrown) {
    if (thrown instanceof WrongFilter) return false;
    throw thrown;
  }
}

/** With the span before, which a growth is measured from. */
function askedOf({ id, host }: Workload, { granularity, from, until }: Span): Asked | undefined {
  const seconds = ringFor(granularity);
  const question: MeasureQuestion | undefined = seconds && {
    id,
    seconds,
    from: from - granularity,
    until: until + granularity - seconds,
  };
  return question && { question, host };
}

function answerOf(
  { series, aggregation, granularity, from, until }: Wanted,
  answers: Answers,
): readonly Measure[] {
  const all = series.map(({ source, asked }) =>
    pointsOf(answers(asked.question), { source, aggregation, granularity }),
  );
  return together(all, aggregation.base)
    .filter(([at]) => at >= from && at <= until)
    .map(measureOf);
}
