import type { PolicyRule } from '#kernel/policy/policy.ts';

const rule = (name: string, check: string, doc: string): PolicyRule => ({
  name: `metric:${name}`,
  check,
  doc,
});

export const metricPolicy: readonly PolicyRule[] = [
  rule('read', 'rule:reader', "See what the project's workloads use."),
  rule('all_projects', 'rule:admin', 'See what the workloads of all projects use.'),
];
