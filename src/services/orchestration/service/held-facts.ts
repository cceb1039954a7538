import type { StoredCtx } from '#kernel/context.ts';
import { compile, type Compiled } from '../engine/compile.ts';
import { currentRows } from '../engine/plan.ts';
import { typeOfRow } from '../engine/types.ts';
import type { Resource } from '../model/resource.ts';
import type { Stack } from '../model/stack.ts';
import type { NestedFacts, NestedStack } from '../resources/nested-stack.ts';
import { openResource, resourceStore } from '../store/resources.ts';
import { openStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables, StackRow } from '../tables.ts';
import type { Json, JsonMap } from '../template/json.ts';
import type { EngineDeps } from './deps.ts';
import { askingRun } from './live.ts';
import { outputValue } from './outputs.ts';

interface Asker {
  /** Of the stack; null before there is one. */
  readonly id: string | null;
  readonly actor: StoredCtx;
  readonly signal: AbortSignal;
}

/** What there is to know of the stack that a resource holds. */
export class HeldFacts implements NestedFacts {
  readonly #deps: EngineDeps;
  readonly #asker: () => Asker;

  constructor(deps: EngineDeps, asker: () => Asker) {
    this.#deps = deps;
    this.#asker = asker;
  }

  async template(): Promise<string | undefined> {
    return (await this.living())?.recipe.template;
  }

  async outputs(): Promise<JsonMap> {
    const stack = await this.living();
    if (!stack) return {};
    const compiled = this.#compiled(stack);
    const known = compiled.scope(await this.#rows(stack));
    return Object.fromEntries(
      [...compiled.template.outputs.values()].map((output) => [
        output.name,
        outputValue(output, known).value,
      ]),
    );
  }

  async resources(): Promise<readonly Resource[]> {
    const stack = await this.living();
    if (!stack) return [];
    const rows = currentRows(await this.#rows(stack));
    return [...this.#compiled(stack).template.resources.keys()].flatMap((name) => rows.get(name) ?? []);
  }

  async attribute(resource: string, path: readonly (string | number)[]): Promise<Json> {
    const stack = await this.living();
    const row = stack && currentRows(await this.#rows(stack)).get(resource);
    const type = row && typeOfRow(this.#deps.types, row);
    if (!type) return null;
    return (await type.attribute?.(askingRun(this.#deps, { ...this.#asker(), stack, row }), path)) ?? null;
  }

  /** The stack, unless it is gone. */
  protected async living(): Promise<Stack | undefined> {
    const row = await this.#row();
    return row?.deleted_at === null ? openStack(this.#deps.vault, row) : undefined;
  }

  /** Whether there was one that was taken away. */
  protected async isGone(): Promise<boolean> {
    const row = await this.#row();
    return row !== undefined && row.deleted_at !== null;
  }

  async #row(): Promise<StackRow | undefined> {
    const { id } = this.#asker();
    return id === null ? undefined : stackStore.find(this.#deps.database.handle<OrchestrationTables>(), id);
  }

  #compiled(stack: Stack): Compiled {
    const { clock, region } = this.#deps;
    return compile(stack.recipe, { ...stack, region }, clock.now());
  }

  async #rows(stack: Stack): Promise<readonly Resource[]> {
    const { database, vault } = this.#deps;
    const rows = await resourceStore.ofStack(database.handle<OrchestrationTables>(), stack.id);
    return Promise.all(rows.map((row) => openResource(vault, stack.projectId, row)));
  }
}

/** For those who ask alone. */
export class AskedStack extends HeldFacts implements NestedStack {
  converge = unasked;
  remove = unasked;
  act = unasked;
}

function unasked(): never {
  throw new Error('Who asks changes nothing.');
}
