import type { StoredCtx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { EventLog } from '#kernel/events/event-log.ts';
import { init as createEvents } from '#kernel/events/migrations/0001-init.ts';
import { silentLogger } from '#kernel/log.ts';
import { createAlarmService } from '#services/alarm/index.ts';
import { alarmPolicy } from '#services/alarm/policy.ts';
import type { Measure, SeriesQuery } from '#services/metric/port.ts';
import { aCaller, serveApi, type ApiAnswer, type ApiCall } from '#test/support/api.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

export const EVENTS = { name: 'events', migrations: [createEvents] };
export const member = aCaller('p1', ['member', 'reader'], 'alice');
export const stranger = aCaller('p2', ['member', 'reader'], 'mallory');
export const reader = aCaller('p1', ['reader'], 'rita');
export const admin = aCaller('p0', ['admin', 'member', 'reader'], 'root');

export const BURNING = {
  name: 'burning',
  type: 'gnocchi_aggregation_by_resources_threshold',
  gnocchi_aggregation_by_resources_threshold_rule: {
    metric: 'cpu_util',
    resource_type: 'instance',
    query: '{"=": {"server_group": "mine"}}',
    aggregation_method: 'mean',
    comparison_operator: 'gt',
    threshold: 50,
    granularity: '60',
    evaluation_periods: 2,
  },
};

/** The alarm service alone, with measures and deliveries of the test's own. */
export async function serveAlarms(database: Database) {
  const clock = new ManualClock();
  const events = new EventLog({ database, clock });
  const asked: SeriesQuery[][] = [];
  const sent: { url: string; as: StoredCtx | null; body: Record<string, unknown> }[] = [];
  const world = { values: [] as number[], refuses: false };
  const read = (queries: readonly SeriesQuery[]) => {
    asked.push([...queries]);
    const measures = world.values.map((value): Measure => ({ at: clock.now().toISOString(), value }));
    return Promise.resolve(new Map(queries.map(({ key }) => [key, measures])));
  };
  const reconcilers: { name: string; run(signal: AbortSignal): Promise<void> }[] = [];
  const api = await serveApi({
    rules: alarmPolicy,
    database,
    clock,
    services({ policy }) {
      const service = createAlarmService({
        database,
        policy,
        events,
        clock,
        log: silentLogger,
        metrics: { read },
        async deliver({ url, as, body }) {
          if (world.refuses) throw new Error('refused');
          sent.push({ url: url.href, as, body: body as Record<string, unknown> });
        },
      });
      reconcilers.push(...service.reconcilers);
      return [service];
    },
  });
  const call = (method: string, path: string, options: ApiCall = {}): Promise<ApiAnswer> =>
    api.call(method, `/alarming/v2${path}`, { as: member, ...options });
  return {
    call,
    clock,
    events,
    asked,
    sent,
    world,
    /** Alarms are looked at, and what they ask for is done. */
    async tick() {
      for (const one of reconcilers) await one.run(new AbortController().signal);
    },
    async create(body: object, options: ApiCall = {}) {
      const answer = await call('POST', '/alarms', { body, ...options });
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
      return answer.body;
    },
    state: async (id: string): Promise<string> => (await call('GET', `/alarms/${id}/state`)).body as string,
    async [Symbol.asyncDispose]() {
      events.stop();
      await api[Symbol.asyncDispose]();
    },
  };
}
