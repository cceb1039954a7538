import type { CloudEvent } from '#kernel/events/event.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Alarm } from '../model/alarm.ts';
import { matchesEvent } from '../model/event-match.ts';
import { alarmStore } from '../store/alarms.ts';
import { settingsStore } from '../store/settings.ts';
import type { AlarmTables } from '../tables.ts';
import type { AlarmDeps } from './deps.ts';
import { followIn } from './transitions.ts';

const AT_ONCE = 500;

/**
 * Raises the alarms that wait for what has happened since the last look. How far it has looked moves on in the transaction that raises
 * them, so that each event counts once. Events that were pruned unread are gone.
 */
export async function raiseEventAlarms(deps: AlarmDeps, signal: AbortSignal): Promise<void> {
  const db = deps.database.handle<AlarmTables>();
  const after = await settingsStore.cursor(db);
  if (after === undefined) return settingsStore.startCursor(db, await deps.events.begin());
  const alarms = await waiting(deps);
  const { events, head } = await eventsSince(deps, after, signal);
  if (head === after) return;
  const raised = await deps.database.transaction<AlarmTables, boolean>(async (tx) => {
    if (!(await settingsStore.moveCursor(tx, after, head))) return false;
    for (const alarm of alarms) {
      const event = events.find((one) => isOf(alarm, one));
      if (event) await followIn(deps, tx, { seen: alarm, verdict: verdictOf(event) });
    }
    return true;
  });
  if (raised) deps.events.publish();
}

async function waiting({ database }: AlarmDeps): Promise<readonly Alarm[]> {
  const found: Alarm[] = [];
  for (let after = ''; ;) {
    const page = await alarmStore.enabled(database.handle(), { types: ['event'], after, limit: AT_ONCE });
    found.push(...page);
    if (page.length < AT_ONCE) return found;
    after = page.at(-1)?.id ?? '';
  }
}

async function eventsSince({ events: log }: AlarmDeps, after: number, signal: AbortSignal) {
  const head = await log.begin();
  const events: CloudEvent[] = [];
  if (head === after) return { events, head };
  try {
    for await (const event of log.subscribe({ all: true, after }, signal)) {
      if (event.seq <= head) events.push(event);
      if (event.seq >= head || events.length === AT_ONCE) break;
    }
  } catch (thrown) {
    if (CloudError.from(thrown).code !== 'events-pruned') throw thrown;
    return { events, head };
  }
  return { events, head: events.length === AT_ONCE ? (events.at(-1)?.seq ?? head) : head };
}

/** An alarm tells of what happened in its project; not of alarms, or two could raise each other for ever. */
const isOf = (alarm: Alarm, event: CloudEvent): boolean =>
  alarm.type === 'event' &&
  event.service !== 'alarm' &&
  event.projectId === alarm.projectId &&
  event.at >= alarm.createdAt &&
  matchesEvent(alarm.rule, event);

const verdictOf = ({ id, type, resource, payload, at }: CloudEvent) => ({
  state: 'alarm' as const,
  reason: `Event ${id} hits the query.`,
  data: {
    type: 'event',
    event: { message_id: id, event_type: type, resource_id: resource, generated: at, payload },
  },
});
