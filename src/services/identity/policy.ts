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

/** Names and defaults as Keystone's policy files have them. */
export const identityPolicy: readonly PolicyRule[] = [
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
  own('list_credentials', 'List credentials.'),
  own('get_credential', 'Show a credential.'),
  own('create_credential', 'Create a credential.'),
  own('update_credential', 'Change a credential.'),
  own('delete_credential', 'Delete a credential.'),
  own('ec2_list_credentials', "List a user's EC2 keys."),
  own('ec2_get_credential', 'Show EC2 keys.'),
  own('ec2_create_credential', 'Make EC2 keys.'),
  own('ec2_delete_credential', 'Delete EC2 keys.'),
  {
    name: 'identity:validate_signature',
    check: 'rule:admin or role:service',
    doc: 'Turn a signature that was received into a token: for services alone.',
  },
  ...crud('policy', 'policies'),
  ...crud('endpoint_group', 'endpoint_groups'),
  admin('list_endpoint_links', 'List which endpoints are linked to which projects.'),
  admin('create_endpoint_link', 'Link an endpoint or a group of them to a project.'),
  admin('check_endpoint_link', 'Whether an endpoint or a group of them is linked to a project.'),
  admin('delete_endpoint_link', 'Take an endpoint or a group of them from a project.'),
  admin('create_policy_association', 'Say what a policy is for.'),
  admin('check_policy_association', 'Whether a policy is for something.'),
  admin('delete_policy_association', 'Say that a policy is no longer for something.'),
  admin('list_endpoints_for_policy', 'List the endpoints that a policy is for.'),
  admin('get_policy_for_endpoint', 'Show the policy of an endpoint.'),
  admin('create_registered_limits', 'Create registered limits.'),
  admin('update_registered_limit', 'Change a registered limit.'),
  admin('delete_registered_limit', 'Delete a registered limit.'),
  {
    name: 'identity:get_limit',
    check: 'rule:admin or project_id:%(project_id)s or domain_id:%(domain_id)s',
    doc: 'Show a limit.',
  },
  admin('create_limits', 'Create limits of projects and domains.'),
  admin('update_limit', 'Change a limit.'),
  admin('delete_limit', 'Delete a limit.'),
  {
    name: 'identity:list_trusts',
    check: 'rule:admin or user_id:%(trustor_user_id)s or user_id:%(trustee_user_id)s',
    doc: 'List trusts.',
  },
  {
    name: 'identity:get_trust',
    check: 'rule:admin or user_id:%(trustor_user_id)s or user_id:%(trustee_user_id)s',
    doc: 'Show a trust and its roles.',
  },
  {
    name: 'identity:delete_trust',
    check: 'rule:admin or user_id:%(trustor_user_id)s',
    doc: 'End a trust.',
  },
  own('list_application_credentials', "List a user's application credentials."),
  own('get_application_credential', 'Show an application credential.'),
  own('delete_application_credential', 'Delete an application credential.'),
];
