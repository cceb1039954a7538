import type { PolicyRule } from '#kernel/policy/policy.ts';

/**
 * Names and defaults as Barbican's policy files have them, behind `key-manager:`, since Zun has a `container:delete` too.
 * Targets are an object's `project_id` and `creator_id`; `private_to`, which is its project when its ACL closes it to that;
 * and `reader_id`, which is the caller when its ACL names them. The role `reader` alone may see no secret, as upstream.
 */
const PROJECT = 'project_id:%(project_id)s';
const OPEN = 'not project_id:%(private_to)s';
const CREATOR = 'user_id:%(creator_id)s';
const WRITERS = '(role:member or role:creator or role:admin)';
const READERS = '(role:member or role:creator or role:observer or role:admin)';
const ONLOOKERS = '(role:member or role:creator or role:observer or role:audit or role:admin)';

/** Whoever has a role in the object's project and is not shut out by its ACL; its creator; the project's administrators. */
const object = (roles: string) => `${PROJECT} and (role:admin or (${roles} and (${OPEN} or ${CREATOR})))`;
const LOOK = `(${object(ONLOOKERS)}) or user_id:%(reader_id)s`;
const READ = `(${object(READERS)}) or user_id:%(reader_id)s`;
const WRITE = object(WRITERS);
const QUOTAS = 'rule:admin or role:key-manager:service-admin';

const rule = (name: string, check: string, doc: string): PolicyRule => ({
  name: `key-manager:${name}`,
  check,
  doc,
});

export const secretPolicy: readonly PolicyRule[] = [
  rule('secrets:post', `${PROJECT} and ${WRITERS}`, 'Store a secret.'),
  rule('secrets:get', `${PROJECT} and ${READERS}`, 'List secrets.'),
  rule('secret:get', LOOK, 'Show what is known of a secret.'),
  rule('secret:decrypt', READ, "Read a secret's payload."),
  rule('secret:put', WRITE, 'Give a secret its payload when it was made without.'),
  rule('secret:delete', WRITE, 'Delete a secret.'),
  rule('secret_meta:get', LOOK, "See a secret's metadata."),
  rule('secret_meta:put', WRITE, "Change a secret's metadata."),
  rule('secret_acls:get', object(READERS), 'See who may read a secret.'),
  rule('secret_acls:put_patch', WRITE, 'Say who may read a secret.'),
  rule('secret_acls:delete', WRITE, 'Let the project read a secret again.'),
  rule('secret_consumers:get', READ, 'See what uses a secret.'),
  rule('secret_consumers:post', READ, 'Say that something uses a secret.'),
  rule('secret_consumers:delete', READ, 'Say that something uses a secret no longer.'),
  rule('containers:post', `${PROJECT} and ${WRITERS}`, 'Make a container of secrets.'),
  rule('containers:get', `${PROJECT} and ${READERS}`, 'List containers of secrets.'),
  rule('container:get', LOOK, 'Show a container of secrets.'),
  rule('container:delete', WRITE, 'Delete a container of secrets; the secrets stay.'),
  rule('container_secret:post', WRITE, 'Put a secret into a container.'),
  rule('container_secret:delete', WRITE, 'Take a secret out of a container.'),
  rule('container_acls:get', object(READERS), 'See who may read a container.'),
  rule('container_acls:put_patch', WRITE, 'Say who may read a container.'),
  rule('container_acls:delete', WRITE, 'Let the project read a container again.'),
  rule('container_consumers:get', READ, 'See what uses a container.'),
  rule('container_consumers:post', READ, 'Say that something uses a container.'),
  rule('container_consumers:delete', READ, 'Say that something uses a container no longer.'),
  rule('orders:post', `${PROJECT} and ${WRITERS}`, 'Order a key, a pair of keys or a certificate.'),
  rule('orders:get', `${PROJECT} and ${READERS}`, 'List orders.'),
  rule('order:get', `${PROJECT} and ${ONLOOKERS}`, 'Show an order.'),
  rule('order:delete', `${PROJECT} and ${WRITERS}`, 'Delete an order; what it made stays.'),
  rule('quotas:get', PROJECT, "See the own project's limits."),
  rule('project_quotas:get', QUOTAS, 'See the limits that projects were given.'),
  rule('project_quotas:put', QUOTAS, 'Give a project limits of its own.'),
  rule('project_quotas:delete', QUOTAS, "Take a project's own limits away."),
  rule('secretstores:get', PROJECT, 'See where secrets are kept.'),
  rule('secretstore_preferred:post', 'rule:admin', 'Prefer a place to keep secrets in.'),
  rule('transport_keys:get', PROJECT, 'See keys for payloads on their way: there are none.'),
];
