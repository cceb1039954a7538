export const orchestration = {
  'stack.resources': 'Resources',
  'stack.events': 'Events',
  'stack.outputs': 'Outputs',
  'stack.template': 'Template',
  'stack.type': 'Type',
  'stack.noOutputs': 'It has no outputs.',
  'alarm.since': 'Since',
} as const;
