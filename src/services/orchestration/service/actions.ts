import { isoTime } from '#kernel/clock.ts';
import { storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { writeFailed } from '../engine/give-up.ts';
import { can } from '../model/states.ts';
import { stateOf, type Stack, type StackAction } from '../model/stack.ts';
import { assertAtRest, begin, begun } from './begin.ts';
import { rollback } from './conclusion.ts';
import type { OrchestrationDeps } from './deps.ts';

export const ACTIONS = ['suspend', 'resume', 'check', 'cancel_update', 'cancel_without_rollback'] as const;
export type Action = (typeof ACTIONS)[number];

const CANCELLED = 'User cancelled operation';

/** What is done to whole stacks. */
export class StackActions {
  readonly #deps: OrchestrationDeps;

  constructor(deps: OrchestrationDeps) {
    this.#deps = deps;
  }

  /** @throws CloudError `conflict` while something is under way, `bad-request` where it makes no sense */
  async act(ctx: Ctx, stack: Stack, action: Action): Promise<void> {
    if (stack.deletedAt !== null) throw badRequest(`The stack ${stack.name} is deleted.`);
    const does = {
      suspend: () => this.#suspend(ctx, stack),
      resume: () => this.#resume(ctx, stack),
      check: () => this.#begin(ctx, stack, 'CHECK'),
      cancel_update: () => this.#cancelUpdate(ctx, stack),
      cancel_without_rollback: () => this.#cancel(stack),
    };
    await does[action]();
  }

  async #suspend(ctx: Ctx, stack: Stack): Promise<void> {
    if (stateOf(stack) !== 'SUSPEND_COMPLETE') await this.#begin(ctx, stack, 'SUSPEND');
  }

  async #resume(ctx: Ctx, stack: Stack): Promise<void> {
    if (stateOf(stack) === 'RESUME_COMPLETE') return;
    if (stack.action !== 'SUSPEND' && stack.action !== 'RESUME')
      throw badRequest(`State ${stateOf(stack)} invalid for resume`, { code: 'NotSupported' });
    await this.#begin(ctx, stack, 'RESUME');
  }

  async #begin(ctx: Ctx, before: Stack, action: StackAction): Promise<void> {
    assertAtRest(before);
    const stack = {
      ...before,
      actor: storeCtx(ctx),
      updatedAt: isoTime(this.#deps.clock.now()),
      ...begun(this.#deps.clock, action, before.timeoutMinutes),
    };
    await begin(this.#deps, ctx, { stack, before });
  }

  /** Back to what it was before. */
  async #cancelUpdate(ctx: Ctx, before: Stack): Promise<void> {
    if (!can.cancel_update(before)) throw cannotCancel(before);
    const stack = rollback({ ...before, actor: storeCtx(ctx), statusReason: CANCELLED }, this.#deps);
    await begin(this.#deps, ctx, { stack, before });
  }

  /** What is under way is given up where it stands: the task sees it, and ends. */
  async #cancel(before: Stack): Promise<void> {
    if (!can.cancel_without_rollback(before)) throw cannotCancel(before);
    await writeFailed(this.#deps, before, CANCELLED);
  }
}

const cannotCancel = (stack: Stack) =>
  badRequest(`Cancelling update when stack is ${stateOf(stack)} is not supported.`, { code: 'NotSupported' });
