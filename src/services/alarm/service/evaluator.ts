import { isoTime } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Measure, SeriesQuery } from '../../metric/port.ts';
import { THRESHOLD_TYPES, type Alarm } from '../model/alarm.ts';
import { isWithin } from '../model/cron.ts';
import { filterOf, leavesOf, type ThresholdRule, type TypedRule } from '../model/rule.ts';
import { compositeVerdict, thresholdVerdict, type Verdict } from '../model/verdict.ts';
import { alarmStore } from '../store/alarms.ts';
import type { AlarmTables } from '../tables.ts';
import type { AlarmDeps } from './deps.ts';
import { follow } from './transitions.ts';

const AT_ONCE = 500;
const TYPES = [...THRESHOLD_TYPES, 'composite'] as const;

/** Looks at every enabled alarm that goes by measures: all that a batch of them needs is asked for in one go. */
export async function evaluateAlarms(deps: AlarmDeps, signal: AbortSignal): Promise<void> {
  const db = deps.database.handle<AlarmTables>();
  for (let after = ''; !signal.aborted;) {
    const alarms = await alarmStore.enabled(db, { types: TYPES, after, limit: AT_ONCE });
    if (alarms.length > 0) await evaluateBatch(deps, alarms, signal);
    if (alarms.length < AT_ONCE) return;
    after = alarms.at(-1)?.id ?? '';
  }
}

async function evaluateBatch(deps: AlarmDeps, alarms: readonly Alarm[], signal: AbortSignal): Promise<void> {
  const now = deps.clock.now();
  const due = alarms.filter((alarm) => isWithin(alarm.timeConstraints, now));
  const queries = due.flatMap((alarm) =>
    rulesOf(alarm).map((rule, place) => queryOf({ alarm, rule, place, now })),
  );
  if (queries.length === 0) return;
  const series = await deps.metrics.read(queries, signal);
  for (const alarm of due)
    await follow(deps, alarm, verdictOn(alarm, series)).catch((thrown: unknown) =>
      deps.log.error({ alarm: alarm.id, why: messageOf(thrown) }, 'an alarm was not evaluated'),
    );
}

/** Rules are told apart by their place, which is the same each time they are read. */
function rulesOf(alarm: Alarm): readonly TypedRule[] {
  if (alarm.type === 'event') return [];
  return alarm.type === 'composite' ? leavesOf(alarm.rule) : [{ ...alarm.rule, type: alarm.type }];
}

function verdictOn(alarm: Alarm, series: ReadonlyMap<string, readonly Measure[]>): Verdict {
  const values = (place: number) => (series.get(`${alarm.id}/${place}`) ?? []).map(({ value }) => value);
  if (alarm.type !== 'composite')
    return thresholdVerdict(alarm.rule as ThresholdRule, values(0), alarm.state);
  const places = new Map(leavesOf(alarm.rule).map((leaf, place) => [leaf, place]));
  return compositeVerdict(alarm.rule, (leaf) => values(places.get(leaf) ?? 0), alarm.state);
}

interface Asked {
  readonly alarm: Alarm;
  readonly rule: TypedRule;
  readonly place: number;
  readonly now: Date;
}

/** The whole periods that have ended. */
function queryOf({ alarm, rule, place, now }: Asked): SeriesQuery {
  const step = rule.granularity * 1000;
  const end = Math.floor(now.getTime() / step) * step;
  return {
    key: `${alarm.id}/${place}`,
    projectId: alarm.projectId,
    metrics: rule.metrics ?? [rule.metric ?? ''],
    select: selectionOf(rule),
    aggregation: rule.aggregation_method,
    granularity: rule.granularity,
    from: isoTime(new Date(end - rule.evaluation_periods * step)),
    until: isoTime(new Date(end - step)),
  };
}

function selectionOf({ type, resource_type: resourceType = '', resource_id: id = '', query }: TypedRule) {
  if (type === 'gnocchi_aggregation_by_metrics_threshold') return { by: 'series' } as const;
  return type === 'gnocchi_resources_threshold'
    ? ({ by: 'resource', resourceType, id } as const)
    : ({ by: 'filter', resourceType, filter: filterOf(query ?? '{}') } as const);
}
