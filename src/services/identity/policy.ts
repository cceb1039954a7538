import type { PolicyRule } from '#kernel/policy/policy.ts';

const ADMIN = 'rule:admin';

/** Names and defaults as Keystone's policy files have them. */
export const identityPolicy: readonly PolicyRule[] = [
  { name: 'identity:get_project', check: 'rule:admin_or_owner', doc: 'Show a project.' },
  { name: 'identity:list_projects', check: ADMIN, doc: 'List all projects.' },
  { name: 'identity:create_project', check: ADMIN, doc: 'Create a project.' },
  { name: 'identity:update_project', check: ADMIN, doc: 'Change a project.' },
  { name: 'identity:delete_project', check: ADMIN, doc: 'Delete a project.' },
];
