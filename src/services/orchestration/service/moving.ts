import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { portraitOf, type Portrait, type PortrayedResource } from '../model/portrait.ts';
import { tellersOf } from '../model/stack-user.ts';
import { MAX_DEPTH, type Stack } from '../model/stack.ts';
import { dropKeys } from '../resources/heat/signed-url.ts';
import { openResource, resourceStore } from '../store/resources.ts';
import { openStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import { isMap, type Json, type JsonMap } from '../template/json.ts';
import { readText } from '../template/read-text.ts';
import { assertAtRest } from './begin.ts';
import { tellStack } from './conclusion.ts';
import type { OrchestrationDeps } from './deps.ts';
import { family } from './family.ts';
import type { StackFactsService } from './facts.ts';

/** Stacks that are taken along. */
export class MovingService {
  readonly #deps: OrchestrationDeps;
  readonly #facts: StackFactsService;

  constructor(deps: OrchestrationDeps, facts: StackFactsService) {
    this.#deps = deps;
    this.#facts = facts;
  }

  async export(stack: Stack): Promise<Portrait> {
    const { database, vault } = this.#deps;
    const rows = await stackStore.heldBy(database.handle<OrchestrationTables>(), stack.id);
    const inner = await Promise.all(rows.map((row) => openStack(vault, row)));
    const portraits = await Promise.all(
      inner.map(async (one): Promise<[string, Portrait]> => [one.id, await this.export(one)]),
    );
    return portraitOf(stack, await this.#facts.resources(stack), new Map(portraits));
  }

  /** Forgets the stack and those that it holds; all that they made stays. @throws CloudError `conflict` while something is under way */
  async abandon({ signal }: Pick<Ctx, 'signal'>, stack: Stack): Promise<Portrait> {
    assertAtRest(stack);
    const portrait = await this.export(stack);
    const { database, clock, events } = this.#deps;
    const db = database.handle<OrchestrationTables>();
    const ids = (await family(db, stack, MAX_DEPTH)).map(({ id }) => id);
    await this.#dropCredentials(stack, ids, signal);
    const now = isoTime(clock.now());
    const gone = { ...stack, action: 'DELETE', status: 'COMPLETE', statusReason: 'Stack abandoned' } as const;
    await database.transaction<OrchestrationTables, void>(async (tx) => {
      await resourceStore.forgetAll(tx, ids);
      await stackStore.end(tx, ids, {
        action: gone.action,
        status: gone.status,
        status_reason: gone.statusReason,
        deleted_at: now,
      });
      await tellStack(this.#deps, tx, gone);
    });
    events.publish();
    return portrait;
  }

  /** What was made for signals to its resources would stand for its owner for ever. */
  async #dropCredentials(
    { actor, projectId }: Stack,
    stackIds: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { database, vault, cloudOf } = this.#deps;
    const cloud = cloudOf(actor, signal);
    for (const row of await resourceStore.currentOf(database.handle<OrchestrationTables>(), stackIds)) {
      const resource = await openResource(vault, projectId, row);
      await dropKeys({ cloud, resource });
      for (const { name } of Object.values(tellersOf(resource))) await cloud.tellers?.remove(name);
    }
  }
}

/** What somebody gives to be adopted. @throws CloudError `bad-request` when it is no such thing */
export function readPortrait(
  given: unknown,
): Pick<Portrait, 'template' | 'environment' | 'files' | 'resources'> {
  const { value } = readText(given as string | Json, 'adopt_stack_data');
  const map = (name: string): JsonMap => {
    const found = value[name] ?? {};
    if (!isMap(found)) throw badRequest(`Invalid adopt data: ${name} must be a map.`);
    return found;
  };
  if (value['template'] === undefined || value['resources'] === undefined)
    throw badRequest('Invalid adopt data: template and resources are needed.');
  const files = Object.entries(map('files')).map(([name, content]) => [name, textOf(content)]);
  return {
    template: value['template'],
    environment: map('environment'),
    files: Object.fromEntries(files) as Record<string, string>,
    resources: readResources(map('resources')),
  };
}

/** What was never made is made anew. */
function readResources(given: JsonMap, depth = 0): Portrait['resources'] {
  if (depth > MAX_DEPTH) throw badRequest(`Invalid adopt data: stacks are nested deeper than ${MAX_DEPTH}.`);
  const read = Object.entries(given).map(([name, one]): [string, PortrayedResource] => [
    name,
    readResource(name, one, depth),
  ]);
  return Object.fromEntries(read.filter(([, { resource_id }]) => resource_id !== null));
}

const textOf = (content: Json): string => (typeof content === 'string' ? content : JSON.stringify(content));

function readResource(name: string, given: Json, depth: number): PortrayedResource {
  const fields = isMap(given) ? given : {};
  const { resource_id: id, type, resource_data: data, metadata, resources } = fields;
  if ((typeof id !== 'string' && id !== null) || typeof type !== 'string')
    throw badRequest(`Invalid adopt data: resources.${name} needs a resource_id and a type.`);
  return {
    name,
    resource_id: id,
    type,
    action: 'ADOPT',
    status: 'IN_PROGRESS',
    resource_data: data !== undefined && isMap(data) ? data : {},
    metadata: metadata !== undefined && isMap(metadata) ? metadata : {},
    ...(resources !== undefined && isMap(resources) && { resources: readResources(resources, depth + 1) }),
  };
}
