import type { PolicyRule } from '#kernel/policy/policy.ts';

const ADMIN = 'rule:admin';
const OWNER = 'rule:admin_or_owner';
const NOBODY = '!';

const rule = (name: string, check: string, doc: string): PolicyRule => ({ name, check, doc });

/** Names and defaults as Zun's policy files have them. */
export const containerPolicy: readonly PolicyRule[] = [
  rule('container:create', OWNER, 'Create a container.'),
  rule('container:create:runtime', ADMIN, 'Choose the runtime of a container.'),
  rule('container:create:image_pull_policy', ADMIN, 'Choose when the image is pulled.'),
  rule('container:create:privileged', NOBODY, 'Create a privileged container.'),
  rule('container:create:requested_destination', ADMIN, 'Choose the node of a container.'),
  rule('network:attach_external_network', 'role:admin', 'Attach a container to an external network.'),
  rule('container:get_one', OWNER, 'Show a container.'),
  rule('container:get_one_all_projects', ADMIN, "Show another project's container."),
  rule('container:get_one:host', ADMIN, 'See the node of a container.'),
  rule('container:get_one:image_pull_policy', ADMIN, 'See when the image of a container is pulled.'),
  rule('container:get_one:privileged', ADMIN, 'See whether a container is privileged.'),
  rule('container:get_one:runtime', ADMIN, 'See the runtime of a container.'),
  rule('container:get_all', OWNER, 'List containers.'),
  rule('container:get_all_all_projects', ADMIN, 'List the containers of all projects.'),
  rule('container:update', OWNER, 'Change a container.'),
  rule('container:delete', OWNER, 'Delete a container.'),
  rule('container:delete_all_projects', ADMIN, "Delete another project's container."),
  rule('container:delete_force', ADMIN, 'Delete a container in any state.'),
  rule('container:start', OWNER, 'Start a container.'),
  rule('container:stop', OWNER, 'Stop a container.'),
  rule('container:reboot', OWNER, 'Restart a container.'),
  rule('container:pause', OWNER, 'Pause a container.'),
  rule('container:unpause', OWNER, 'Let a container go on.'),
  rule('container:kill', OWNER, 'Send a signal to a container.'),
  rule('container:execute', OWNER, 'Run a command in a container.'),
  rule('container:logs', OWNER, 'Read what a container wrote.'),
  rule('container:top', OWNER, 'List the processes of a container.'),
  rule('container:stats', OWNER, 'See what a container uses.'),
  rule('container:actions', OWNER, 'See what was done to a container.'),
  rule('container:action:events', ADMIN, 'See why an action failed.'),
  rule('registry:create', OWNER, 'Create a registry.'),
  rule('registry:get_one', OWNER, 'Show a registry.'),
  rule('registry:get_all', OWNER, 'List registries.'),
  rule('registry:get_all_all_projects', ADMIN, 'List the registries of all projects.'),
  rule('registry:update', OWNER, 'Change a registry.'),
  rule('registry:delete', OWNER, 'Delete a registry.'),
  rule('network:list', OWNER, 'List the networks of a container.'),
  rule('host:get_all', ADMIN, 'List nodes.'),
  rule('host:get', ADMIN, 'Show a node.'),
  rule('zun-service:get_all', ADMIN, "List the nodes' services."),
  rule('availability_zones:get_all', OWNER, 'List availability zones.'),
  rule('image:search', OWNER, 'Search images.'),
  rule('quota:get', OWNER, "See a project's limits."),
  rule('quota:get_default', OWNER, 'See the default limits.'),
  rule('quota:update', ADMIN, "Change a project's limits."),
  rule('quota:delete', ADMIN, "Take a project's own limits away."),
];
