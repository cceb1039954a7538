import { isoTime } from '#kernel/clock.ts';
import type { Db } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Alarm } from '../model/alarm.ts';
import type { Verdict } from '../model/verdict.ts';
import { alarmStore } from '../store/alarms.ts';
import { historyStore } from '../store/history.ts';
import { noticeStore } from '../store/notices.ts';
import type { AlarmTables } from '../tables.ts';
import type { AlarmDeps } from './deps.ts';

type Deps = Pick<AlarmDeps, 'database' | 'clock' | 'events'>;

/**
 * Takes an alarm to where it belongs: its state, its history and the actions that follow are one transaction, and only whoever finds it as
 * it was seen writes them. So a transition is told once, whoever is killed.
 * @returns whether it changed
 */
export async function follow(deps: Deps, seen: Alarm, verdict: Verdict): Promise<boolean> {
  const done = await deps.database.transaction<AlarmTables, boolean>((tx) =>
    followIn(deps, tx, { seen, verdict }),
  );
  if (done) deps.events.publish();
  return done;
}

/** The same in the caller's transaction, who calls `events.publish()` afterwards. */
export async function followIn(
  { clock, events }: Omit<Deps, 'database'>,
  tx: Db<AlarmTables>,
  { seen, verdict, userId = '' }: { seen: Alarm; verdict: Verdict; userId?: string },
): Promise<boolean> {
  const changed = verdict.state !== seen.state;
  if (!changed && !seen.repeatActions) return false;
  const now = isoTime(clock.now());
  const to = {
    state: verdict.state,
    stateReason: verdict.reason,
    stateChangedAt: changed ? now : seen.stateChangedAt,
  };
  if (!(await alarmStore.move(tx, seen, to))) return false;
  await noticeStore.add(tx, noticesOf(seen, verdict, now));
  if (!changed) return true;
  const { id: alarmId, projectId } = seen;
  const detail = { state: verdict.state, transition_reason: verdict.reason };
  await historyStore.add(tx, {
    id: newUuid(),
    alarmId,
    projectId,
    userId,
    type: 'state transition',
    detail,
    at: now,
  });
  await events.append(tx as never, {
    projectId,
    service: 'alarm',
    type: `alarm.alarm.${verdict.state.replace(' ', '-')}`,
    resource: alarmId,
    payload: { name: seen.name, previous: seen.state, severity: seen.severity },
  });
  return true;
}

const noticesOf = (alarm: Alarm, verdict: Verdict, dueAt: string) =>
  alarm.actions[verdict.state].map((url) => ({
    id: newUuid(),
    url,
    owner: alarm.owner,
    tries: 0,
    dueAt,
    body: {
      alarm_id: alarm.id,
      alarm_name: alarm.name,
      severity: alarm.severity,
      previous: alarm.state,
      current: verdict.state,
      reason: verdict.reason,
      reason_data: verdict.data,
    },
  }));
