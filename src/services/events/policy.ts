import type { PolicyRule } from '#kernel/policy/policy.ts';

export const eventsPolicy: readonly PolicyRule[] = [
  { name: 'events:follow', check: 'rule:reader', doc: "Follow the events of one's own project." },
  { name: 'events:follow:all_projects', check: 'rule:admin', doc: 'Follow the events of all projects.' },
];
