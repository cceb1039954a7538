import type { PolicyRule } from '#kernel/policy/policy.ts';

const rule = (name: string, check: string, doc: string): PolicyRule => ({
  name: `telemetry:${name}`,
  check,
  doc,
});
const READER = 'rule:reader';
const MEMBER = 'rule:member';

/** Under Aodh's names. */
export const alarmPolicy: readonly PolicyRule[] = [
  rule('get_alarm', READER, 'Show an alarm.'),
  rule('get_alarms', READER, "List the project's alarms."),
  rule('get_alarms:all_projects', 'rule:admin', 'List the alarms of all projects.'),
  rule('query_alarm', READER, 'Search alarms.'),
  rule('create_alarm', MEMBER, 'Make an alarm.'),
  rule('change_alarm', MEMBER, 'Change an alarm.'),
  rule('delete_alarm', MEMBER, 'Delete an alarm.'),
  rule('get_alarm_state', READER, 'See the state of an alarm.'),
  rule('change_alarm_state', MEMBER, 'Set the state of an alarm.'),
  rule('alarm_history', READER, 'See what happened to an alarm.'),
  rule('query_alarm_history', READER, 'Search the history of alarms.'),
  rule('get_quotas', READER, "See the project's limits."),
  rule('update_quotas', 'rule:admin', 'Give a project limits.'),
  rule('delete_quotas', 'rule:admin', "Take a project's own limits away."),
];
