import { isoTime } from '#kernel/clock.ts';
import { storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { recipeIn } from '../model/portrait.ts';
import { stackReason } from '../model/reason.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Stack } from '../model/stack.ts';
import { openSnapshot, snapshotStore } from '../store/snapshots.ts';
import type { OrchestrationTables } from '../tables.ts';
import { assertAtRest, begin, begun } from './begin.ts';
import type { OrchestrationDeps } from './deps.ts';

/** Use-cases on snapshots of stacks. */
export class SnapshotService {
  readonly #deps: OrchestrationDeps;

  constructor(deps: OrchestrationDeps) {
    this.#deps = deps;
  }

  /** @throws CloudError `conflict` while something is under way */
  async create(ctx: Ctx, before: Stack, name: string): Promise<Snapshot> {
    assertAtRest(before);
    const { clock, vault } = this.#deps;
    const stack = { ...before, ...begun(clock, 'SNAPSHOT', before.timeoutMinutes) };
    const row = {
      id: newUuid(),
      stack_id: before.id,
      name,
      status: 'IN_PROGRESS',
      status_reason: stackReason('SNAPSHOT', 'IN_PROGRESS'),
      sealed_data: null,
      created_at: isoTime(clock.now()),
    };
    await begin(this.#deps, ctx, { stack, before, beside: (tx) => snapshotStore.insert(tx, row) });
    return openSnapshot(vault, stack.projectId, row);
  }

  /** Without what they hold. */
  async list(stack: Stack): Promise<readonly Snapshot[]> {
    const rows = await snapshotStore.list(this.#db, stack.id);
    const bare = rows.map((row) => ({ ...row, sealed_data: null }));
    return Promise.all(bare.map((row) => openSnapshot(this.#deps.vault, stack.projectId, row)));
  }

  /** @throws CloudError `not-found` */
  async get(stack: Stack, id: string): Promise<Snapshot> {
    const row = await snapshotStore.find(this.#db, stack.id, id);
    if (!row)
      throw notFound(`The Snapshot (${id}) for Stack (${stack.name}) could not be found.`, {
        code: 'NotFound',
      });
    return openSnapshot(this.#deps.vault, stack.projectId, row);
  }

  async delete(stack: Stack, id: string): Promise<void> {
    const { status } = await this.get(stack, id);
    if (status === 'IN_PROGRESS')
      throw badRequest('Deleting in-progress snapshot is not supported.', { code: 'NotSupported' });
    await snapshotStore.delete(this.#db, id);
  }

  /** The stack becomes what it was. */
  async restore(ctx: Ctx, before: Stack, id: string): Promise<void> {
    const { data } = await this.get(before, id);
    assertAtRest(before);
    if (!data) throw badRequest(`The Snapshot (${id}) is not complete.`, { code: 'NotSupported' });
    const { clock } = this.#deps;
    const stack = {
      ...before,
      actor: storeCtx(ctx),
      recipe: recipeIn(data),
      updatedAt: isoTime(clock.now()),
      ...begun(clock, 'RESTORE', before.timeoutMinutes),
    };
    await begin(this.#deps, ctx, { stack, before });
  }

  get #db() {
    return this.#deps.database.handle<OrchestrationTables>();
  }
}
