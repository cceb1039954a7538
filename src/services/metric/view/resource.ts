import type { Workload } from '../../container/port.ts';
import { METRICS, metricId } from '../model/metric.ts';
import { attributesOf, RESOURCE_TYPES } from '../model/resource.ts';
import { BASES } from '../model/series.ts';
import { RINGS } from '#measures/slot.ts';
import type { Series } from '../service/metrics.ts';

/** Gnocchi's: `2018-04-19T16:18:00+00:00`. */
const gnocchiTime = (iso: string): string => `${iso.slice(0, 19)}+00:00`;

export function resourceView(workload: Workload) {
  const { id, userId, projectId, createdAt } = workload;
  const started = gnocchiTime(createdAt);
  return {
    ...attributesOf(workload),
    type: 'container',
    original_resource_id: id,
    creator: `${userId}:${projectId}`,
    created_by_user_id: userId,
    created_by_project_id: projectId,
    started_at: started,
    ended_at: null,
    revision_start: started,
    revision_end: null,
    metrics: Object.fromEntries(Object.keys(METRICS).map((name) => [name, metricId(id, name)])),
  };
}

export const metricsOf = (workload: Workload): readonly Series[] =>
  Object.keys(METRICS).map((name) => ({ workload, name }));

export const metricView = ({ workload, name }: Series) => ({
  id: metricId(workload.id, name),
  name,
  unit: METRICS[name]?.unit ?? null,
  resource_id: workload.id,
  creator: `${workload.userId}:${workload.projectId}`,
  created_by_user_id: workload.userId,
  created_by_project_id: workload.projectId,
  archive_policy: ARCHIVE_POLICY,
  archive_policy_name: ARCHIVE_POLICY.name,
});

export const AGGREGATION_METHODS = [...BASES, ...BASES.map((base) => `rate:${base}`)];

/** There is one: how nodes keep everything. */
export const ARCHIVE_POLICY = {
  name: 'rings',
  aggregation_methods: AGGREGATION_METHODS,
  back_window: 0,
  definition: RINGS.map(({ seconds, slots }) => ({
    granularity: duration(seconds),
    points: slots,
    timespan: duration(seconds * slots),
  })),
};

function duration(seconds: number): string {
  const [days, rest] = [Math.floor(seconds / 86_400), seconds % 86_400];
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const clock = `${Math.floor(rest / 3600)}:${two((rest % 3600) / 60)}:${two(rest % 60)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`;
}

export const typeView = (name: string) => ({ name, state: 'active', attributes: {} });
export const TYPES = RESOURCE_TYPES.map(typeView);
