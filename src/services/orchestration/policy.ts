import type { PolicyRule } from '#kernel/policy/policy.ts';
import { STACK_USER } from './model/stack-user.ts';

const PROJECT = 'project_id:%(project_id)s';
const MEMBER = `${PROJECT} and role:member`;
const ADMIN = 'rule:admin';

const look = (name: string, doc: string): PolicyRule => ({ name, check: PROJECT, doc });
const change = (name: string, doc: string): PolicyRule => ({ name, check: MEMBER, doc });
const admin = (name: string, doc: string): PolicyRule => ({ name, check: ADMIN, doc });

/** Names as Heat's policy files have them. Whoever has a role in the project looks; members change. */
export const orchestrationPolicy: readonly PolicyRule[] = [
  look('stacks:index', 'List stacks.'),
  look('stacks:detail', 'List stacks in full.'),
  admin('stacks:global_index', "List every project's stacks."),
  look('stacks:lookup', 'Find a stack by its name.'),
  look('stacks:show', 'Show a stack.'),
  look('stacks:template', "Show a stack's template."),
  look('stacks:environment', "Show a stack's environment."),
  look('stacks:files', "Show a stack's files."),
  look('stacks:list_outputs', "List a stack's outputs."),
  look('stacks:show_output', 'Show an output of a stack.'),
  change('stacks:create', 'Create a stack, or adopt one.'),
  change('stacks:preview', 'See what a template would make.'),
  change('stacks:update', 'Change a stack.'),
  change('stacks:update_patch', 'Change parts of a stack.'),
  change('stacks:preview_update', 'See what a change would do.'),
  change('stacks:preview_update_patch', 'See what a change of parts would do.'),
  change('stacks:delete', 'Delete a stack with all that it made.'),
  change('stacks:abandon', 'Forget a stack and leave what it made.'),
  change('stacks:export', 'Take a stack along, to adopt it elsewhere.'),
  change('stacks:validate_template', 'Have a template checked.'),
  look('stacks:list_resource_types', 'List what stacks can be made of.'),
  look('stacks:resource_schema', 'Show what a type of resource takes and tells.'),
  look('stacks:generate_template', 'Have a template written that uses a type.'),
  look('stacks:list_template_versions', 'List the versions of the template language.'),
  look('stacks:list_template_functions', 'List the functions of a version of the template language.'),
  look('resource:index', "List a stack's resources."),
  look('resource:show', 'Show a resource.'),
  look('resource:metadata', "Show a resource's metadata."),
  {
    name: 'resource:signal',
    check: `(${MEMBER}) or role:${STACK_USER}`,
    doc: 'Tell a resource something. Users whom stacks made tell their own resource alone.',
  },
  change('resource:mark_unhealthy', 'Say that a resource is to be replaced, or not.'),
  look('events:index', 'List what happened to a stack.'),
  look('events:show', 'Show something that happened to a stack.'),
  look('build_info:build_info', 'Show which program answers.'),
  admin('service:index', 'List the processes that carry out stacks.'),
  change('actions:action', 'Do something to a stack.'),
  change('actions:suspend', 'Suspend a stack.'),
  change('actions:resume', 'Resume a stack.'),
  change('actions:check', 'Have a stack checked.'),
  change('actions:cancel_update', 'Take a change under way back.'),
  change('actions:cancel_without_rollback', 'Give up what is under way.'),
  change('stacks:snapshot', 'Keep what a stack is.'),
  look('stacks:list_snapshots', "List a stack's snapshots."),
  change('stacks:show_snapshot', 'Show a snapshot with what it holds.'),
  change('stacks:delete_snapshot', 'Forget a snapshot.'),
  change('stacks:restore_snapshot', 'Make a stack what it was.'),
  admin('software_configs:global_index', "List every project's software for servers."),
  look('software_configs:index', 'List software for servers.'),
  change('software_configs:create', 'Keep software for servers.'),
  look('software_configs:show', 'Show software for servers.'),
  change('software_configs:delete', 'Forget software for servers.'),
  look('software_deployments:index', 'List what was sent to servers.'),
  change('software_deployments:create', 'Send software to a server.'),
  look('software_deployments:show', 'Show what was sent to a server, and how it went.'),
  change('software_deployments:update', 'Change what was sent to a server, or say how it went.'),
  change('software_deployments:delete', 'Forget what was sent to a server.'),
  look('software_deployments:metadata', 'Show what a server is to do.'),
];
