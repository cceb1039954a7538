import type { PolicyRule } from '#kernel/policy/policy.ts';

const PROJECT = 'project_id:%(project_id)s';
const rule = (name: string, check: string, doc: string): PolicyRule => ({
  name: `stacks:${name}`,
  check,
  doc,
});

/** Names as Heat's policy has them. Whoever has a role in the project may; readers look. */
export const orchestrationPolicy: readonly PolicyRule[] = [
  rule('create', `${PROJECT} and role:member`, 'Create a stack.'),
  rule('show', PROJECT, 'Show a stack.'),
  rule('update', `${PROJECT} and role:member`, 'Change a stack.'),
  rule('delete', `${PROJECT} and role:member`, 'Delete a stack with all that it made.'),
];
