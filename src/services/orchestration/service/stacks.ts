import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { conflict, notFound } from '#kernel/errors.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import { compile } from '../engine/compile.ts';
import { assertStackName } from '../model/names.ts';
import { stackReason } from '../model/reason.ts';
import { deadlineOf, stackTarget, type Recipe, type Stack, type StackAction } from '../model/stack.ts';
import { openStack, sealStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import { CONVERGE_STACK } from '../tasks/converge-stack.ts';
import { tellStack } from './conclusion.ts';
import type { OrchestrationDeps } from './deps.ts';

export interface StackDraft {
  readonly name: string;
  readonly recipe: Recipe;
  readonly tags: readonly string[];
  readonly disableRollback: boolean;
  readonly timeoutMinutes: number | null;
}

/** Use-cases on stacks: what can be refused is refused here, the rest is the engine's. */
export class StackService {
  readonly #deps: OrchestrationDeps;

  constructor(deps: OrchestrationDeps) {
    this.#deps = deps;
  }

  /** By id, or by the name of a living one. @throws CloudError `not-found`, also for strangers; `forbidden` */
  async get(ctx: Ctx, idOrName: string, rule = 'show'): Promise<Stack> {
    const db = this.#deps.database.handle<OrchestrationTables>();
    const row = isUuid(idOrName)
      ? await stackStore.find(db, idOrName)
      : await stackStore.findByName(db, projectOf(ctx), idOrName);
    if (!row || row.project_id !== projectOf(ctx)) throw stackNotFound(idOrName);
    this.#deps.policy.authorize(ctx, `stacks:${rule}`, { project_id: row.project_id });
    return openStack(this.#deps.vault, row);
  }

  /** @throws CloudError `bad-request` with the place in the template; `conflict` when the name is taken */
  async create(ctx: Ctx, draft: StackDraft): Promise<Stack> {
    assertStackName(draft.name);
    const { clock, region } = this.#deps;
    const [id, projectId] = [newUuid(), projectOf(ctx)];
    const { template } = compile(draft.recipe, { id, projectId, name: draft.name, region }, clock.now());
    const stack: Stack = {
      ...draft,
      id,
      projectId,
      actor: storeCtx(ctx),
      parentId: null,
      parentResource: null,
      rootId: id,
      description: template.description,
      former: null,
      createdAt: isoTime(clock.now()),
      updatedAt: null,
      deletedAt: null,
      ...this.#begun('CREATE', draft.timeoutMinutes),
    };
    await this.#begin(ctx, stack, 'insert');
    return stack;
  }

  /** Also while another change is under way: the engine goes on with this one. */
  async update(ctx: Ctx, before: Stack, draft: StackDraft): Promise<Stack> {
    const { clock, region } = this.#deps;
    const { template } = compile(draft.recipe, { ...before, region }, clock.now());
    const stack: Stack = {
      ...before,
      ...draft,
      name: before.name,
      actor: storeCtx(ctx),
      description: template.description,
      updatedAt: isoTime(clock.now()),
      ...this.#begun('UPDATE', draft.timeoutMinutes),
    };
    await this.#begin(ctx, stack, 'update');
    return stack;
  }

  /** From every state. A stack that is gone already stays so. */
  async delete(ctx: Ctx, before: Stack): Promise<void> {
    if (before.deletedAt !== null) return;
    const stack = { ...before, actor: storeCtx(ctx), ...this.#begun('DELETE', before.timeoutMinutes) };
    await this.#begin(ctx, stack, 'update');
  }

  #begun(action: StackAction, minutes: number | null) {
    return {
      action,
      status: 'IN_PROGRESS',
      statusReason: stackReason(action, 'IN_PROGRESS'),
      traversal: newUuid(),
      deadline: deadlineOf(this.#deps.clock.now(), minutes),
    } as const;
  }

  /** The intent, its event and the task that carries it out: all or nothing. */
  async #begin(ctx: Ctx, stack: Stack, how: 'insert' | 'update'): Promise<void> {
    const { database, tasks, vault, events } = this.#deps;
    const { id, ...row } = await sealStack(vault, stack);
    await database.transaction<OrchestrationTables, void>(async (tx) => {
      if (how === 'update') await stackStore.replace(tx, { id, ...row });
      else if (await stackStore.findByName(tx, stack.projectId, stack.name)) throw stackExists(stack.name);
      else await stackStore.insert(tx, { id, ...row });
      await tellStack(this.#deps, tx, stack);
      await tasks.start(tx, {
        kind: CONVERGE_STACK,
        target: stackTarget(id),
        projectId: stack.projectId,
        ctx: storeCtx(ctx),
        input: { id },
        whenBusy: 'after',
      });
    });
    tasks.nudge();
    events.publish();
  }
}

const stackNotFound = (name: string) =>
  notFound(`The Stack (${name}) could not be found.`, { code: 'EntityNotFound' });
const stackExists = (name: string) =>
  conflict(`The Stack (${name}) already exists.`, { code: 'StackExists' });
