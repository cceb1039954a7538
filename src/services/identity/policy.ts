import type { PolicyRule } from '#kernel/policy/policy.ts';

const ADMIN = 'rule:admin';
const SELF = 'rule:admin or user_id:%(user_id)s';

const crud = (singular: string, plural: string, read = ADMIN): PolicyRule[] => [
  { name: `identity:list_${plural}`, check: read, doc: `List ${plural}.` },
  { name: `identity:get_${singular}`, check: read, doc: `Show a ${singular}.` },
  { name: `identity:create_${singular}`, check: ADMIN, doc: `Create a ${singular}.` },
  { name: `identity:update_${singular}`, check: ADMIN, doc: `Change a ${singular}.` },
  { name: `identity:delete_${singular}`, check: ADMIN, doc: `Delete a ${singular}.` },
];

const admin = (name: string, doc: string): PolicyRule => ({ name: `identity:${name}`, check: ADMIN, doc });
const own = (name: string, doc: string): PolicyRule => ({ name: `identity:${name}`, check: SELF, doc });

const tokens = (name: string, doc: string): PolicyRule => ({
  name: `identity:${name}`,
  check: 'rule:admin or role:service or user_id:%(user_id)s',
  doc,
});

/** Names and defaults as Keystone's policy files have them. */
export const identityPolicy: readonly PolicyRule[] = [
  tokens('validate_token', "Check somebody's token and show what it means."),
  tokens('check_token', "Check somebody's token."),
  tokens('revoke_token', "Revoke somebody's token."),
  admin('list_token_keys', 'List the keys of tokens, without the keys themselves.'),
  admin('create_token_key', 'Make a new key of tokens.'),
  admin('delete_token_key', 'Forget a key of tokens, and end its tokens.'),
  ...crud('project', 'projects').filter((rule) => rule.name !== 'identity:get_project'),
  { name: 'identity:get_project', check: 'rule:admin_or_owner', doc: 'Show a project.' },
  ...crud('domain', 'domains').filter((rule) => rule.name !== 'identity:get_domain'),
  { name: 'identity:get_domain', check: 'rule:admin or user_domain_id:%(domain_id)s', doc: 'Show a domain.' },
  ...crud('user', 'users').filter((rule) => rule.name !== 'identity:get_user'),
  own('get_user', 'Show a user.'),
  own('list_user_projects', 'List the projects a user has a role in.'),
  ...crud('group', 'groups'),
  admin('list_users_in_group', 'List the users of a group.'),
  admin('add_user_to_group', 'Put a user into a group.'),
  admin('check_user_in_group', 'Whether a user is in a group.'),
  admin('remove_user_from_group', 'Take a user out of a group.'),
  ...crud('role', 'roles'),
  admin('list_role_inference_rules', 'List which roles imply which.'),
  admin('list_implied_roles', 'List what a role implies.'),
  admin('get_implied_role', 'Whether a role implies another.'),
  admin('create_implied_role', 'Let a role imply another.'),
  admin('delete_implied_role', 'Let a role no longer imply another.'),
  admin('list_grants', 'List the roles of somebody somewhere.'),
  admin('check_grant', 'Whether somebody has a role somewhere.'),
  admin('create_grant', 'Give somebody a role somewhere.'),
  admin('revoke_grant', 'Take a role from somebody.'),
  admin('list_role_assignments', 'List who has which role where.'),
  ...crud('region', 'regions', '@'),
  ...crud('service', 'services'),
  ...crud('endpoint', 'endpoints'),
  own('list_application_credentials', "List a user's application credentials."),
  own('get_application_credential', 'Show an application credential.'),
  own('delete_application_credential', 'Delete an application credential.'),
];
