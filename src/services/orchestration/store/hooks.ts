import { flag, fromFlag } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Hook } from '../template/registry.ts';
import type { OrchestrationTables } from '../tables.ts';

type Executor = Db<OrchestrationTables>;

/** A resource at a hook, in one change of its stack. */
export interface Reached {
  readonly resourceId: string;
  readonly hook: Hook;
  readonly traversal: string;
}

/** All SQL on hooks. The engine writes that one is reached, whoever signals that it is cleared: neither writes the resource's row. */
export const hookStore = {
  /** @returns undefined before it is reached in this change */
  async isCleared(db: Executor, { resourceId, hook, traversal }: Reached): Promise<boolean | undefined> {
    const row = await db
      .selectFrom('stack_hook')
      .select('cleared')
      .where('resource_id', '=', resourceId)
      .where('hook', '=', hook)
      .where('traversal', '=', traversal)
      .executeTakeFirst();
    return row && fromFlag(row.cleared);
  },

  async reach(tx: Executor, { resourceId, hook, traversal }: Reached): Promise<void> {
    const state = { traversal, cleared: flag(false) };
    await tx
      .insertInto('stack_hook')
      .values({ resource_id: resourceId, hook, ...state })
      .onConflict((conflict) => conflict.columns(['resource_id', 'hook']).doUpdateSet(state))
      .execute();
  },

  /** @returns whether something waited there */
  async clear(tx: Executor, { resourceId, hook }: Omit<Reached, 'traversal'>): Promise<boolean> {
    const done = await tx
      .updateTable('stack_hook')
      .set({ cleared: flag(true) })
      .where('resource_id', '=', resourceId)
      .where('hook', '=', hook)
      .where('cleared', '=', flag(false))
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },
};
