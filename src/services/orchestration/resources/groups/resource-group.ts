import { badRequest } from '#kernel/errors.ts';
import { isList, isMap, plainText, textOf, type Json, type JsonMap } from '../../template/json.ts';
import { isMemberPath, memberAttribute } from '../nested/holder.ts';
import { readProperties, type PropertySchemas } from '../property.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { referencesOf, tellEach, underPath } from './member-attributes.ts';
import { freeNames, groupTemplate, withIndex, type Members } from './members.ts';
import { changeMembers, makeMembers, paceOf, ROLLING, type Pace } from './rolling.ts';

const PROPERTIES: PropertySchemas = {
  count: {
    type: 'integer',
    default: 1,
    updateAllowed: true,
    constraints: [{ range: { min: 0 } }],
    description: 'The number of resources to create.',
  },
  index_var: {
    type: 'string',
    default: '%index%',
    constraints: [{ length: { min: 3 } }],
    description: 'What stands for the index of a resource in its definition.',
  },
  resource_def: {
    type: 'map',
    required: true,
    updateAllowed: true,
    description: 'The definition of the resources, as if it were in the template itself.',
    schema: {
      type: { type: 'string', required: true, description: 'The type of the resources in the group.' },
      properties: { type: 'map', description: 'Property values for the resources in the group.' },
      metadata: { type: 'map', description: 'Metadata for the resources in the group.' },
    },
  },
  removal_policies: {
    type: 'list',
    default: [],
    updateAllowed: true,
    description: 'Resources to be removed on update.',
    items: {
      type: 'map',
      schema: {
        resource_list: {
          type: 'list',
          default: [],
          description: 'Names or references of resources; a name that is removed is never used again.',
        },
      },
    },
  },
  removal_policies_mode: {
    type: 'string',
    default: 'append',
    updateAllowed: true,
    constraints: [{ allowed_values: ['append', 'update'] }],
    description: 'Whether a removal adds to the names that are never used again, or takes their place.',
  },
};

const { min_in_service: _, ...BATCH } = ROLLING;
const POLICIES: PropertySchemas = {
  rolling_update: { type: 'map', schema: ROLLING },
  batch_create: { type: 'map', schema: BATCH },
};

/** The pace that the update policy sets, if it does. @throws CloudError `bad-request` */
function paceIn({ updatePolicy, clock }: ResourceRun, policy: keyof typeof POLICIES): Pace | undefined {
  const path = 'update_policy';
  const read = readProperties(POLICIES, updatePolicy, { path, now: clock.now() })[policy];
  return isMap(read) ? paceOf(read) : undefined;
}

const neverAgain = ({ resource }: ResourceRun): ReadonlySet<string> =>
  new Set((resource.data['removed'] ?? []) as string[]);

/** Takes note of those that are to be removed, by their names or references. */
async function noteRemovals(run: ResourceRun): Promise<void> {
  const policies = (run.properties['removal_policies'] ?? []) as readonly JsonMap[];
  const asked = policies.flatMap((policy) => listOf(policy['resource_list']).map(plainText));
  const members = await run.nested.resources();
  const found = members.filter(
    ({ name, reference, physicalId }) =>
      asked.includes(name) || asked.includes(reference ?? '') || asked.includes(physicalId ?? ''),
  );
  const before = run.properties['removal_policies_mode'] === 'update' ? [] : neverAgain(run);
  const still = [...neverAgain(run)].filter((name) => asked.includes(name));
  await run.keep({ removed: [...new Set([...before, ...still, ...found.map(({ name }) => name)])] });
}

const listOf = (value: Json | undefined): readonly Json[] =>
  value !== undefined && isList(value) ? value : [];

function membersOf(properties: JsonMap, names: readonly string[]): Members {
  const variable = textOf(properties['index_var']);
  const definition = properties['resource_def'] as JsonMap;
  return new Map(names.map((name) => [name, withIndex(definition, variable, name) as JsonMap]));
}

/** One member stands for all. */
const ONE = { names: [], atMost: 1 };

const wantedMembers = (run: ResourceRun): Members =>
  membersOf(run.properties, freeNames(Number(run.properties['count']), neverAgain(run)));

async function attribute(run: ResourceRun, path: readonly (string | number)[]): Promise<Json> {
  const [name = '', ...rest] = path;
  if (isMemberPath(path)) return memberAttribute(run, path);
  if (name === 'refs') return Object.values(await referencesOf(run));
  if (name === 'refs_map') return referencesOf(run);
  if (name === 'removed_rsrc_list') return [...neverAgain(run)];
  if (name !== 'attributes') return underPath(Object.values(await tellEach(run, path)), rest);
  if (rest.length === 0)
    throw badRequest('An attribute of the resources is needed: attributes, and its name.');
  return underPath(await tellEach(run, rest), rest);
}

/** So many resources of one definition. */
export const resourceGroup: ResourceType = {
  name: 'OS::Heat::ResourceGroup',
  description: 'Creates one or more resources of one definition, each with its own index.',
  properties: PROPERTIES,
  attributes: {
    refs: { type: 'list', description: 'A list of resource IDs for the resources in the group.' },
    refs_map: { type: 'map', description: 'A map of resource names to IDs for the resources in the group.' },
    attributes: {
      type: 'map',
      description: 'A map of resource names to the specified attribute of each individual resource.',
    },
    removed_rsrc_list: { type: 'list', description: 'A list of removed resource names.' },
  },
  holdsStack: true,
  foreseen: (properties, { atMost } = ONE) => ({
    template: groupTemplate(
      membersOf(properties, freeNames(Math.min(Number(properties['count']), atMost), new Set())),
    ),
  }),
  create: (run) => makeMembers(run, wantedMembers(run), paceIn(run, 'batch_create')),
  async update(run) {
    await noteRemovals(run);
    await changeMembers(run, wantedMembers(run), paceIn(run, 'rolling_update'));
  },
  remove: (run) => run.nested.remove(),
  suspend: (run) => run.nested.act('SUSPEND'),
  resume: (run) => run.nested.act('RESUME'),
  check: (run) => run.nested.act('CHECK'),
  attribute,
};
