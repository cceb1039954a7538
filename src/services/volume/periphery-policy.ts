import type { PolicyRule } from '#kernel/policy/policy.ts';

const ADMIN = 'rule:admin';
const READER = 'rule:reader';
const MEMBER = 'rule:member';

const rule = (name: string, check: string, doc: string): PolicyRule => ({ name, check, doc });

/** Rules of what stands around volumes, as Cinder's policy files have them. */
export const peripheryPolicy: readonly PolicyRule[] = [
  rule('volume_extension:volume_type_access:get_all_for_type', ADMIN, 'List who may use a private type.'),
  rule('volume_extension:volume_type_access:change', ADMIN, 'Give and take the use of a private type.'),
  rule('volume_extension:volume_type_encryption:get', ADMIN, 'Show how a type is encrypted.'),
  rule('volume_extension:volume_type_encryption:create', ADMIN, 'Say how a type is encrypted.'),
  rule('volume_extension:volume_type_encryption:update', ADMIN, 'Change how a type is encrypted.'),
  rule('volume_extension:volume_type_encryption:delete', ADMIN, 'Let a type be plain.'),
  rule('volume_extension:qos_specs_manage:get_all', ADMIN, 'List QoS specs.'),
  rule('volume_extension:qos_specs_manage:get', ADMIN, 'Show QoS specs.'),
  rule('volume_extension:qos_specs_manage:create', ADMIN, 'Create QoS specs.'),
  rule('volume_extension:qos_specs_manage:update', ADMIN, 'Change QoS specs, and the types that have them.'),
  rule('volume_extension:qos_specs_manage:delete', ADMIN, 'Delete QoS specs or keys of them.'),
  rule('volume_extension:quotas:show', READER, 'Show quotas.'),
  rule('volume_extension:quotas:update', ADMIN, 'Change quotas.'),
  rule('volume_extension:quotas:delete', ADMIN, 'Take quotas back to the defaults.'),
  rule('volume_extension:quota_classes:get', ADMIN, 'Show the quotas of a class.'),
  rule('volume_extension:quota_classes:update', ADMIN, 'Change the quotas of a class.'),
  rule('limits_extension:used_limits', READER, 'Show limits, and what is used of them.'),
  rule('volume_extension:services:index', ADMIN, 'List services.'),
  rule('volume_extension:services:update', ADMIN, 'Enable and disable services.'),
  rule('volume:freeze_host', ADMIN, 'Freeze a backend.'),
  rule('volume:thaw_host', ADMIN, 'Thaw a backend.'),
  rule('volume_extension:hosts', ADMIN, 'Show hosts, and enable and disable them.'),
  rule('scheduler_extension:scheduler_stats:get_pools', ADMIN, 'List pools.'),
  rule('volume_extension:capabilities', ADMIN, 'Show what a backend can.'),
  rule('volume:availability_zone_list', READER, 'List availability zones.'),
  rule('message:get_all', READER, 'List messages.'),
  rule('message:get', READER, 'Show a message.'),
  rule('message:delete', MEMBER, 'Delete a message.'),
  rule('volume_extension:default_get_all', ADMIN, "List projects' default types."),
  rule('volume_extension:default_get', ADMIN, "Show a project's default type."),
  rule('volume_extension:default_set_or_update', ADMIN, 'Give a project a default type.'),
  rule('volume_extension:default_unset', ADMIN, "Take a project's default type back."),
  rule('clusters:get_all', ADMIN, 'List clusters.'),
  rule('clusters:get', ADMIN, 'Show a cluster.'),
  rule('workers:cleanup', ADMIN, 'Take up what crashed services left.'),
];
