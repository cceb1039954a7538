export const orchestration = {
  'stack.resources': 'Resources',
  'stack.events': 'Events',
  'stack.type': 'Type',
  'alarm.since': 'Since',
} as const;
