import { badRequest } from '#kernel/errors.ts';
import type { Json, JsonMap } from '../../template/json.ts';
import { isMemberPath, memberAttribute } from '../nested/holder.ts';
import type { PropertySchema } from '../property.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { adjusted, within, type Adjustment } from './capacity.ts';
import { isCool, noteScaling } from './cooldown.ts';
import { referencesOf, tellEach, underPath } from './member-attributes.ts';
import { groupTemplate, isNoSpare, newest, type Members } from './members.ts';
import { changeMembers, currentMembers, makeMembers, paceOf, ROLLING } from './rolling.ts';

const size = (description: string, more: Partial<PropertySchema> = {}): PropertySchema => ({
  type: 'integer',
  updateAllowed: true,
  description,
  constraints: [{ range: { min: 0 } }],
  ...more,
});

const boundsOf = (properties: JsonMap) => ({
  min: Number(properties['min_size']),
  max: Number(properties['max_size']),
});

const membersOf = ({ properties }: ResourceRun, current: Members, count: number): Members =>
  newest(current, count, properties['resource'] as JsonMap);

function startSize(properties: JsonMap): number {
  const bounds = boundsOf(properties);
  if (bounds.min > bounds.max)
    throw badRequest('min_size can not be greater than max_size', { code: 'StackValidationFailed' });
  return within(Number(properties['desired_capacity'] ?? bounds.min), bounds);
}

async function attribute(run: ResourceRun, path: readonly (string | number)[]): Promise<Json> {
  const [name = '', ...rest] = path;
  if (isMemberPath(path)) return memberAttribute(run, path);
  if (name === 'current_size') return (await run.nested.resources()).length;
  if (name === 'refs_map') return referencesOf(run);
  if (name === 'refs') return Object.values(await referencesOf(run));
  if (rest.length === 0) throw badRequest(`${name} needs the name of an attribute of the resources.`);
  const told = await tellEach(run, rest);
  return underPath(name === 'outputs_list' ? Object.values(told) : told, rest);
}

/** Resources that come and go with what there is to do. */
export const autoScalingGroup: ResourceType = {
  name: 'OS::Heat::AutoScalingGroup',
  description: 'A group of like resources whose number scaling policies change.',
  properties: {
    resource: {
      type: 'map',
      required: true,
      updateAllowed: true,
      description: 'The definition of the resources, as if it were in the template itself.',
    },
    max_size: size('Maximum number of resources in the group.', { required: true }),
    min_size: size('Minimum number of resources in the group.', { required: true }),
    desired_capacity: size('Desired initial number of resources.'),
    cooldown: size('Cooldown period, in seconds.'),
    rolling_updates: {
      type: 'map',
      updateAllowed: true,
      default: { min_in_service: 0, max_batch_size: 1, pause_time: 0 },
      schema: ROLLING,
      description: 'Policy for rolling updates for this scaling group.',
    },
  },
  attributes: {
    outputs: { type: 'map', description: 'What the specified attribute of each member is, by name.' },
    outputs_list: { type: 'list', description: 'What the specified attribute of each member is.' },
    current_size: { type: 'integer', description: 'How many members there are now.' },
    refs: { type: 'list', description: 'A list of resource IDs for the resources in the group.' },
    refs_map: { type: 'map', description: 'A map of resource names to IDs for the resources in the group.' },
  },
  holdsStack: true,
  foreseen(properties, { names, atMost } = { names: [], atMost: 1 }) {
    const wanted = names.length > 0 ? within(names.length, boundsOf(properties)) : startSize(properties);
    const count = Math.min(wanted, atMost);
    const kept = count === 0 ? [] : names.slice(-count);
    const made = Array.from({ length: count - kept.length }, (_, index) => `${index}`);
    const members = [...kept, ...made].map((name) => [name, properties['resource'] as JsonMap] as const);
    return { template: groupTemplate(new Map(members)) };
  },
  async create(run) {
    return makeMembers(run, membersOf(run, await currentMembers(run), startSize(run.properties)));
  },
  async update(run, changed) {
    const current = await currentMembers(run);
    const now = [...current.keys()].filter(isNoSpare).length;
    const count = changed.has('desired_capacity')
      ? startSize(run.properties)
      : within(now, boundsOf(run.properties));
    const pace = changed.has('resource') ? paceOf(run.properties['rolling_updates'] as JsonMap) : undefined;
    await changeMembers(run, membersOf(run, current, count), pace);
  },
  /** @returns whether anything is to do */
  async adjust(run: ResourceRun, adjustment: Adjustment): Promise<boolean> {
    if (!isCool(run)) return false;
    const current = await currentMembers(run);
    const count = adjusted(current.size, adjustment, boundsOf(run.properties));
    if (count === current.size) return false;
    await run.nested.converge({ template: groupTemplate(membersOf(run, current, count)) });
    await noteScaling(run);
    return true;
  },
  remove: (run) => run.nested.remove(),
  suspend: (run) => run.nested.act('SUSPEND'),
  resume: (run) => run.nested.act('RESUME'),
  check: (run) => run.nested.act('CHECK'),
  attribute,
};
