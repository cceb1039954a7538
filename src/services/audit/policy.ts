import type { PolicyRule } from '#kernel/policy/policy.ts';

export const auditPolicy: readonly PolicyRule[] = [
  { name: 'audit:list', check: 'rule:reader', doc: "Read what was changed in one's own project." },
  { name: 'audit:list:all_projects', check: 'rule:admin', doc: 'Read what was changed anywhere.' },
];
