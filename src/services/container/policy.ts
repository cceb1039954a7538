import type { PolicyRule } from '#kernel/policy/policy.ts';

const ADMIN = 'rule:admin';
const MEMBER = 'rule:member';
const READER = 'rule:reader';
const NOBODY = '!';

const rule = (name: string, check: string, doc: string): PolicyRule => ({ name, check, doc });

/** Names as Zun's policy files have them; the defaults tell readers from members, as the other services' do. */
export const containerPolicy: readonly PolicyRule[] = [
  rule('container:create', MEMBER, 'Create a container.'),
  rule('container:create:runtime', ADMIN, 'Choose the runtime of a container.'),
  rule('container:create:image_pull_policy', ADMIN, 'Choose when the image is pulled.'),
  rule('container:create:privileged', NOBODY, 'Create a privileged container.'),
  rule('container:create:requested_destination', ADMIN, 'Choose the node of a container.'),
  rule('network:attach_external_network', 'role:admin', 'Attach a container to an external network.'),
  rule('container:get_one', READER, 'Show a container.'),
  rule('container:get_one_all_projects', ADMIN, "Show another project's container."),
  rule('container:get_one:host', ADMIN, 'See the node of a container.'),
  rule('container:get_one:image_pull_policy', ADMIN, 'See when the image of a container is pulled.'),
  rule('container:get_one:privileged', ADMIN, 'See whether a container is privileged.'),
  rule('container:get_one:runtime', ADMIN, 'See the runtime of a container.'),
  rule('container:get_all', READER, 'List containers.'),
  rule('container:get_all_all_projects', ADMIN, 'List the containers of all projects.'),
  rule('container:update', MEMBER, 'Change a container.'),
  rule('container:delete', MEMBER, 'Delete a container.'),
  rule('container:delete_all_projects', ADMIN, "Delete another project's container."),
  rule('container:delete_force', ADMIN, 'Delete a container in any state.'),
  rule('container:start', MEMBER, 'Start a container.'),
  rule('container:stop', MEMBER, 'Stop a container.'),
  rule('container:reboot', MEMBER, 'Restart a container.'),
  rule('container:pause', MEMBER, 'Pause a container.'),
  rule('container:unpause', MEMBER, 'Let a container go on.'),
  rule('container:kill', MEMBER, 'Send a signal to a container.'),
  rule('container:execute', MEMBER, 'Run a command in a container.'),
  rule('container:execute_resize', MEMBER, 'Resize the terminal of a command in a container.'),
  rule('container:attach', MEMBER, 'Attach to a container.'),
  rule('container:resize', MEMBER, 'Resize the terminal of a container.'),
  rule('container:logs', READER, 'Read what a container wrote.'),
  rule('container:top', READER, 'List the processes of a container.'),
  rule('container:stats', READER, 'See what a container uses.'),
  rule('container:actions', READER, 'See what was done to a container.'),
  rule('container:action:events', ADMIN, 'See why an action failed.'),
  rule('registry:create', MEMBER, 'Create a registry.'),
  rule('registry:get_one', READER, 'Show a registry.'),
  rule('registry:get_all', READER, 'List registries.'),
  rule('registry:get_all_all_projects', ADMIN, 'List the registries of all projects.'),
  rule('registry:update', MEMBER, 'Change a registry.'),
  rule('registry:delete', MEMBER, 'Delete a registry.'),
  rule('network:list', READER, 'List the networks of a container.'),
  rule('host:get_all', ADMIN, 'List nodes.'),
  rule('host:get', ADMIN, 'Show a node.'),
  rule('zun-service:get_all', ADMIN, "List the nodes' services."),
  rule('availability_zones:get_all', READER, 'List availability zones.'),
  rule('image:search', READER, 'Search images.'),
  rule('quota:get', READER, "See a project's limits."),
  rule('quota:get_default', READER, 'See the default limits.'),
  rule('quota:update', ADMIN, "Change a project's limits."),
  rule('quota:delete', ADMIN, "Take a project's own limits away."),
];
