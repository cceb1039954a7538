import { storeCtx, type Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import type { Compiled } from '../engine/compile.ts';
import type { Resource, ResourceSummary } from '../model/resource.ts';
import { MAX_DEPTH, type Stack } from '../model/stack.ts';
import { openResource, resourceStore, resourceSummary } from '../store/resources.ts';
import type { Kin } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { JsonMap } from '../template/json.ts';
import type { OrchestrationDeps } from './deps.ts';
import { family } from './family.ts';
import type { StackFactsService } from './facts.ts';
import { liveAttributes } from './live.ts';

/** A resource with what is known around it. */
export interface PlacedResource {
  readonly resource: ResourceSummary;
  readonly stack: Kin;
  readonly description: string;
  /** The names of those that need it. */
  readonly requiredBy: readonly string[];
  /** The stack that it stands for. */
  readonly nested: Kin | undefined;
}

/** Use-cases on the resources of stacks. */
export class ResourceService {
  readonly #deps: OrchestrationDeps;
  readonly #facts: StackFactsService;

  constructor(deps: OrchestrationDeps, facts: StackFactsService) {
    this.#deps = deps;
    this.#facts = facts;
  }

  /** Those of a stack and of the stacks that it holds, so deep. What is not begun yet is there too, as `INIT`. */
  async list(stack: Stack, depth: number): Promise<readonly PlacedResource[]> {
    const db = this.#deps.database.handle<OrchestrationTables>();
    const shown = Math.min(depth, MAX_DEPTH);
    const stacks = await family(db, stack, shown + 1);
    const ids = (shown === 0 ? [stack] : await family(db, stack, shown)).map(({ id }) => id);
    const rows = (await resourceStore.currentOf(db, ids)).map(resourceSummary);
    const compiled = this.#facts.compiled(stack);
    return placed([...rows, ...toCome(stack, rows, compiled)], { stack, stacks, compiled });
  }

  /** @throws CloudError `not-found` */
  async get(stack: Stack, name: string): Promise<PlacedResource> {
    const found = (await this.list(stack, 0)).find(({ resource }) => resource.name === name);
    if (!found) throw resourceNotFound(stack, name);
    return found;
  }

  /** With its contents. @throws CloudError `not-found`, also for what is not begun yet */
  async open(stack: Stack, name: string): Promise<Resource> {
    const db = this.#deps.database.handle<OrchestrationTables>();
    const row = await resourceStore.find(db, stack.id, name);
    if (!row) throw resourceNotFound(stack, name);
    return openResource(this.#deps.vault, stack.projectId, row);
  }

  /** @throws CloudError `not-found` */
  async metadata(stack: Stack, name: string): Promise<Resource['metadata']> {
    const { resource } = await this.get(stack, name);
    return resource.id === '' ? {} : (await this.open(stack, name)).metadata;
  }

  /** What it tells now, to whoever asks; nothing before it is begun. */
  async attributes(ctx: Ctx, placed: Asked, names: readonly string[]): Promise<JsonMap> {
    if (placed.resource.id === '') return {};
    const row = await this.open(placed.stack, placed.resource.name);
    return liveAttributes(
      this.#deps,
      { stack: placed.stack, row, actor: storeCtx(ctx), signal: ctx.signal },
      names,
    );
  }
}

interface Asked {
  readonly stack: Stack;
  readonly resource: ResourceSummary;
}

interface Around {
  readonly stack: Stack;
  readonly stacks: readonly Kin[];
  readonly compiled: Compiled;
}

function placed(
  all: readonly ResourceSummary[],
  { stack, stacks, compiled }: Around,
): readonly PlacedResource[] {
  const users = Map.groupBy(
    all.flatMap(({ name, needs }) => needs.map((need) => ({ need, name }))),
    ({ need }) => need,
  );
  const byId = new Map(stacks.map((one) => [one.id, one]));
  const nested = new Map(stacks.map((one) => [`${one.parentId}/${one.parentResource}`, one]));
  return all.map((resource) => ({
    resource,
    stack: byId.get(resource.stackId) ?? stack,
    description:
      resource.stackId === stack.id
        ? (compiled.template.resources.get(resource.name)?.description ?? '')
        : '',
    requiredBy: users.get(resource.id)?.map(({ name }) => name) ?? [],
    nested: nested.get(`${resource.stackId}/${resource.name}`),
  }));
}

/** What the template asks for and nobody has begun. */
function toCome(
  stack: Stack,
  rows: readonly ResourceSummary[],
  { wanted, template }: Compiled,
): ResourceSummary[] {
  if (stack.action === 'DELETE') return [];
  const known = new Set(rows.flatMap(({ stackId, name }) => (stackId === stack.id ? [name] : [])));
  return [...wanted.keys()]
    .filter((name) => !known.has(name))
    .map((name) => ({
      id: '',
      stackId: stack.id,
      name,
      type: template.resources.get(name)?.type ?? '',
      madeBy: '',
      action: 'INIT',
      status: 'COMPLETE',
      statusReason: '',
      physicalId: null,
      physicalName: '',
      needs: [],
      traversal: '',
      replacedBy: null,
      deletionPolicy: 'Delete',
      createdAt: stack.createdAt,
      updatedAt: stack.updatedAt ?? stack.createdAt,
    }));
}

export const resourceNotFound = (stack: Pick<Stack, 'name'>, name: string) =>
  notFound(`The Resource (${name}) could not be found in Stack ${stack.name}.`, { code: 'EntityNotFound' });
