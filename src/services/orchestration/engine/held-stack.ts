import { isDeepStrictEqual } from 'node:util';
import { isoTime } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db/database.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { adoptedRow, innerAdopted, withoutInner } from '../model/adopted.ts';
import { stackReason } from '../model/reason.ts';
import type { Resource } from '../model/resource.ts';
import { MAX_DEPTH, type Recipe, type Stack, type StackAction } from '../model/stack.ts';
import type { ChildRecipe, NestedStack } from '../resources/nested-stack.ts';
import { tellStack } from '../service/conclusion.ts';
import type { EngineDeps } from '../service/deps.ts';
import { HeldFacts } from '../service/held-facts.ts';
import { resourceStore, sealResource } from '../store/resources.ts';
import { sealStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import { parseTemplate } from '../template/parse-template.ts';
import type { Change } from './change.ts';
import { checkResources, MAX_RESOURCES } from './check.ts';
import { childRecipe, depthOf, newChild } from './child.ts';
import { compile } from './compile.ts';
import { isLetGo } from './cut-off.ts';
import { ChildFailure } from './failure.ts';
import { writeFailed } from './give-up.ts';

export interface Held {
  readonly change: Change;
  readonly rowId: string;
  readonly signal: AbortSignal;
}

/**
 * The stack of a resource, begun and carried out within the task of the outermost stack: one process works on a whole tree, so that
 * nobody has to wait for a task that waits for a place.
 */
export class HeldStack extends HeldFacts implements NestedStack {
  readonly #deps: EngineDeps;
  readonly #held: Held;
  readonly #carryOut: (id: string) => Promise<void>;

  constructor(deps: EngineDeps, held: Held, carryOut: (id: string) => Promise<void>) {
    const { change, rowId, signal } = held;
    super(deps, () => ({ id: change.rows.get(rowId).physicalId, actor: change.stack.actor, signal }));
    this.#deps = deps;
    this.#held = held;
    this.#carryOut = carryOut;
  }

  async converge(child: ChildRecipe): Promise<string> {
    const { change, rowId } = this.#held;
    const row = change.rows.get(rowId);
    const recipe = childRecipe(change.compiled, row.name, child);
    const found = await this.living();
    const stack = found ?? newChild(change.stack, row, { recipe, isGone: await this.isGone() });
    if (!isBegun(found, recipe)) {
      await this.#check(stack, recipe);
      await change.rows.keep(rowId, { physicalId: stack.id });
      await (innerAdopted(row) && !found
        ? this.#adopt({ ...stack, recipe }, row)
        : this.#begin({ ...stack, recipe }, found ? 'UPDATE' : 'CREATE', found));
    }
    await this.#finish(stack.id);
    return stack.id;
  }

  async remove(): Promise<void> {
    await this.act('DELETE');
  }

  async act(action: 'SUSPEND' | 'RESUME' | 'CHECK' | 'DELETE'): Promise<void> {
    const stack = await this.living();
    if (!stack) return;
    if (stack.action !== action || stack.status !== 'IN_PROGRESS') await this.#begin(stack, action, stack);
    await this.#finish(stack.id);
  }

  /** @throws CloudError `bad-request` for what can be known before anything is made */
  async #check({ id, rootId, ...stack }: Stack, recipe: Recipe): Promise<void> {
    const { clock, region, types, database } = this.#deps;
    const db = database.handle<OrchestrationTables>();
    const now = clock.now();
    const compiled = compile(recipe, { ...stack, id, region }, now);
    checkResources(compiled, { types, now });
    if (depthOf(await stackStore.kin(db, rootId), this.#held.change.stack.id) >= MAX_DEPTH)
      throw badRequest(`Recursion depth exceeds ${MAX_DEPTH}.`, { code: 'RequestLimitExceeded' });
    if ((await resourceStore.countBeside(db, rootId, id)) + compiled.wanted.size > MAX_RESOURCES)
      throw badRequest(`You have reached the maximum resources per stack, ${MAX_RESOURCES}.`, {
        code: 'RequestLimitExceeded',
      });
  }

  /** Over what is there already. */
  async #adopt(stack: Stack, row: Resource): Promise<void> {
    const begun = this.#begun(stack, 'ADOPT');
    const wanted = parseTemplate(stack.recipe.template).resources;
    const known = (innerAdopted(row) ?? []).filter(({ name }) => wanted.has(name));
    const rows = known.map((one) => adoptedRow(begun, one));
    await this.#write(begun, undefined, rows);
    await this.#held.change.rows.keep(row.id, { data: withoutInner(row) });
  }

  async #begin(stack: Stack, action: StackAction, before: Stack | undefined): Promise<void> {
    const updatedAt = before ? isoTime(this.#deps.clock.now()) : null;
    await this.#write({ ...this.#begun(stack, action), updatedAt }, before);
  }

  #begun(stack: Stack, action: StackAction): Stack {
    const { deadline, actor } = this.#held.change.stack;
    const status = 'IN_PROGRESS';
    return {
      ...stack,
      action,
      status,
      statusReason: stackReason(action, status),
      traversal: newUuid(),
      deadline,
      actor,
    };
  }

  /** To its end; given up, it says so itself. */
  async #finish(id: string): Promise<void> {
    const { signal } = this.#held;
    try {
      await this.#carryOut(id);
    } catch (thrown) {
      const stack = isLetGo(signal) ? undefined : await this.living();
      if (stack?.status === 'IN_PROGRESS') await writeFailed(this.#deps, stack, whyOf(signal.reason));
      signal.throwIfAborted();
      throw thrown;
    }
    const stack = await this.living();
    if (stack?.status === 'FAILED') throw new ChildFailure(stack.statusReason);
  }

  async #write(stack: Stack, before: Stack | undefined, beside: readonly Resource[] = []): Promise<void> {
    const { database, vault, events } = this.#deps;
    const { id, ...row } = await sealStack(vault, stack);
    const rows = await Promise.all(beside.map((one) => sealResource(vault, stack.projectId, one)));
    const write = async (tx: Tx<OrchestrationTables>) =>
      before ? stackStore.change(tx, before, row) : stackStore.insert(tx, { id, ...row });
    await database.transaction<OrchestrationTables, void>(async (tx) => {
      await write(tx);
      for (const one of rows) await resourceStore.write(tx, one);
      await tellStack(this.#deps, tx, stack);
    });
    events.publish();
  }
}

const whyOf = (reason: unknown): string => (reason instanceof Error ? reason.message : 'It was given up.');

/** Whether the same is under way already: a process that died left it so. */
const isBegun = (stack: Stack | undefined, recipe: Recipe): boolean =>
  stack?.status === 'IN_PROGRESS' &&
  ['CREATE', 'UPDATE', 'ADOPT'].includes(stack.action) &&
  isDeepStrictEqual(stack.recipe, recipe);
