import type { Alarm, AlarmChange } from '../model/alarm.ts';

/** Aodh's times have no zone. */
const time = (iso: string) => iso.slice(0, 23).concat('000');

export const alarmView = (alarm: Alarm) => ({
  alarm_id: alarm.id,
  name: alarm.name,
  description: alarm.description,
  type: alarm.type,
  enabled: alarm.enabled,
  severity: alarm.severity,
  state: alarm.state,
  state_reason: alarm.stateReason,
  state_timestamp: time(alarm.stateChangedAt),
  timestamp: time(alarm.updatedAt),
  evaluate_timestamp: time(alarm.updatedAt),
  project_id: alarm.projectId,
  user_id: alarm.userId,
  repeat_actions: alarm.repeatActions,
  ok_actions: alarm.actions.ok,
  alarm_actions: alarm.actions.alarm,
  insufficient_data_actions: alarm.actions['insufficient data'],
  time_constraints: alarm.timeConstraints,
  [`${alarm.type}_rule`]: alarm.rule,
});

export const changeView = (change: AlarmChange) => ({
  event_id: change.id,
  alarm_id: change.alarmId,
  project_id: change.projectId,
  on_behalf_of: change.projectId,
  user_id: change.userId,
  type: change.type,
  detail: JSON.stringify(change.detail),
  timestamp: time(change.at),
});

export const quotaView = (projectId: string, limit: number) => ({
  project_id: projectId,
  quotas: [{ resource: 'alarms', limit }],
});

export const CAPABILITIES = {
  alarm_storage: { 'storage:production_ready': true },
  api: {
    'alarms:query:simple': true,
    'alarms:query:complex': true,
    'alarms:history:query:simple': true,
    'alarms:history:query:complex': true,
  },
};
