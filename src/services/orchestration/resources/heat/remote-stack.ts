import { badRequest, CloudError, notFound } from '#kernel/errors.ts';
import { isList, isMap, textOf, type Json, type JsonMap } from '../../template/json.ts';
import { Replacement, type ResourceRun, type ResourceType } from '../resource-type.ts';
import { Things, type Collection, type Thing } from '../rest/collection.ts';
import { flag, integer, LIVE, map, mapOf, NEEDED, text } from '../rest/fields.ts';
import { regionOf } from './signal-url.ts';

const STACKS: Collection = {
  service: 'orchestration',
  path: '/stacks',
  list: 'stacks',
  member: 'stack',
  sentBare: true,
  change: 'PUT',
};

const stacksOf = ({ cloud }: ResourceRun): Things => new Things(cloud, STACKS);

/** As lists show it; undefined when there is none. */
async function find(run: ResourceRun): Promise<Thing | undefined> {
  const id = run.resource.physicalId;
  return id === null ? undefined : (await stacksOf(run).list({ id }))[0];
}

/** Where its API has it: below its name and its id. */
const placeOf = ({ stack_name: name, id }: Thing): string =>
  `/${encodeURIComponent(textOf(name))}/${textOf(id)}`;

const contextOf = (properties: JsonMap): JsonMap => {
  const { context } = properties;
  return isMap(context) ? context : {};
};

const invalid = (message: string) => badRequest(message, { code: 'StackValidationFailed' });

function assertNoCredential(properties: JsonMap): void {
  if (contextOf(properties)['credential_secret_id'] !== undefined)
    throw invalid(
      'The property "credential_secret_id" is not supported: stacks of other clouds cannot be made.',
    );
}

async function assertReachable(run: ResourceRun): Promise<void> {
  assertNoCredential(run.properties);
  const region = contextOf(run.properties)['region_name'];
  if (region === undefined || region === (await regionOf(run, 'orchestration'))) return;
  throw invalid(
    `Cannot establish connection to Heat endpoint at region "${textOf(region)}": it is not here.`,
  );
}

/** What is sent: types, defaults and files are those of the stack around it. */
function recipeOf({ properties, stack }: ResourceRun): JsonMap {
  const { parameter_defaults: defaults, resource_registry: registry } = stack.recipe.environment as JsonMap;
  return {
    template: properties['template'] ?? '',
    parameters: properties['parameters'] ?? {},
    files: stack.recipe.files,
    environment: { parameter_defaults: defaults ?? {}, resource_registry: registry ?? {} },
    timeout_mins: properties['timeout'] ?? null,
  };
}

async function create(run: ResourceRun): Promise<string> {
  await assertReachable(run);
  const name = run.resource.physicalName;
  const known = run.again ? (await stacksOf(run).list({ name }))[0] : undefined;
  const made =
    known ?? (await stacksOf(run).create({ stack_name: name, disable_rollback: true, ...recipeOf(run) }));
  const id = textOf(made['id']);
  await run.made(id);
  return id;
}

async function update(run: ResourceRun): Promise<void> {
  await assertReachable(run);
  const there = await find(run);
  if (there === undefined || hasMoved(run)) throw new Replacement();
  await stacksOf(run).call({ method: 'PUT', path: placeOf(there), body: recipeOf(run) });
}

const hasMoved = ({ properties, resource }: ResourceRun): boolean =>
  contextOf(properties)['region_name'] !== contextOf(resource.properties as JsonMap)['region_name'];

/** @throws CloudError with what went wrong in it */
function assertWell({ stack_status: status, stack_status_reason: reason }: Thing): void {
  if (textOf(status).endsWith('_FAILED'))
    throw new CloudError('internal', `Went to status ${textOf(status)} due to "${textOf(reason)}"`);
}

async function isAtRest(run: ResourceRun): Promise<boolean> {
  const there = await present(run);
  assertWell(there);
  return !isUnderWay(there);
}

const isUnderWay = ({ stack_status: status }: Thing): boolean => textOf(status).endsWith('_IN_PROGRESS');

async function present(run: ResourceRun): Promise<Thing> {
  const there = await find(run);
  if (there) return there;
  throw notFound(`The Stack (${run.resource.physicalId}) could not be found.`, { code: 'EntityNotFound' });
}

/** An action that is under way already was begun by an earlier try. */
const begin = (action: string) => async (run: ResourceRun) => {
  const there = await present(run);
  if (textOf(there['stack_status']) === `${action.toUpperCase()}_IN_PROGRESS`) return;
  await stacksOf(run).call({ method: 'POST', path: `${placeOf(there)}/actions`, body: { [action]: null } });
};

async function remove(run: ResourceRun): Promise<void> {
  const there = run.resource.physicalId === null ? await lost(run) : await find(run);
  if (there && textOf(there['stack_status']) !== 'DELETE_IN_PROGRESS')
    await stacksOf(run).call({ method: 'DELETE', path: placeOf(there) });
}

/** What may have been made by a creation that nobody saw the end of. */
async function lost(run: ResourceRun): Promise<Thing | undefined> {
  const [found] = await stacksOf(run).list({ name: run.resource.physicalName });
  if (found) await run.made(textOf(found['id']));
  return found;
}

async function isRemoved(run: ResourceRun): Promise<boolean> {
  const there = await find(run);
  if (there && textOf(there['stack_status']) === 'DELETE_FAILED') assertWell(there);
  return there === undefined;
}

async function attribute(run: ResourceRun, [name]: readonly (string | number)[]): Promise<Json> {
  const there = await find(run);
  if (there === undefined) return null;
  if (name === 'stack_name') return there['stack_name'] ?? null;
  if (name !== 'outputs') return null;
  const { body } = await stacksOf(run).call({ method: 'GET', path: placeOf(there) });
  const { outputs } = (body as { readonly stack: JsonMap }).stack;
  const told = isList(outputs) ? outputs.filter(isMap) : [];
  return Object.fromEntries(
    told.map(({ output_key: key, output_value: value }) => [textOf(key), value ?? null]),
  );
}

/** A stack of its own, by way of the API: it has its own task, time limit and events, and is no part of the tree around it. */
export const remoteStack: ResourceType = {
  name: 'OS::Heat::Stack',
  description: 'A stack of its own, made from a template that the resource brings along.',
  properties: {
    context: mapOf(
      {
        region_name: text('The region in which the stack is created: another replaces it.'),
        credential_secret_id: text('A secret with credentials of another cloud. Not supported.', LIVE),
        ca_cert: text('The certificate by which another cloud is known.', LIVE),
        insecure: flag("Whether another cloud's certificate is not verified.", { ...LIVE, default: false }),
      },
      'Where the stack is created.',
      LIVE,
    ),
    template: text('The template of the stack.', { ...LIVE, ...NEEDED }),
    timeout: integer('Minutes that creation and change may take.', LIVE),
    parameters: map('The values of its parameters.', { ...LIVE, default: {} }),
  },
  attributes: {
    stack_name: { type: 'string', description: 'Name of the stack.' },
    outputs: { type: 'map', description: 'A dict of key-value pairs output from the stack.' },
  },
  holdsStack: true,
  standsAlone: true,
  foreseen(properties) {
    assertNoCredential(properties);
    const parameters = properties['parameters'] as JsonMap;
    return { template: textOf(properties['template']), parameters };
  },
  create,
  update,
  settled: isAtRest,
  remove,
  removed: isRemoved,
  suspend: begin('suspend'),
  resume: begin('resume'),
  check: begin('check'),
  rested: isAtRest,
  attribute,
};
