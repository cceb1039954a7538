import type { Db } from '#kernel/db/database.ts';
import { Table } from '#kernel/db/table.ts';
import type { Trust } from '../model/trust.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

const trusts = new Table<Trust>('identity_trust', { json: ['roleIds'], flags: ['impersonation'] });

/** All SQL on trusts. */
export const trustStore = {
  find: (db: Executor, id: string) => trusts.find(db, { id }),
  list: (db: Executor, filter: { trustorUserId?: string; trusteeUserId?: string }) =>
    trusts.list(db, filter, ['id']),
  insert: (db: Executor, trust: Trust) => trusts.insert(db, [trust]),

  /** Takes one use, however many try at once. @returns false when none is left. */
  async spend(db: Executor, id: string): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('identity_trust')
      .set((row) => ({ remaining_uses: row('remaining_uses', '-', 1) }))
      .where('id', '=', id)
      .where('remaining_uses', '>', 0)
      .executeTakeFirst();
    return numUpdatedRows > 0;
  },

  /** Deletes trusts with all that was passed on from them. */
  async delete(db: Executor, ids: readonly string[]): Promise<void> {
    for (let level = ids; level.length > 0;) {
      const below = await trusts.list(db, { redelegatedTrustId: level }, ['id']);
      await trusts.delete(db, { id: level });
      level = below.map((trust) => trust.id);
    }
  },

  async deleteOfUser(db: Executor, userId: string): Promise<void> {
    const given = await trusts.list(db, { trustorUserId: userId }, ['id']);
    const taken = await trusts.list(db, { trusteeUserId: userId }, ['id']);
    await trustStore.delete(
      db,
      [...given, ...taken].map((trust) => trust.id),
    );
  },

  async deleteOfProjects(db: Executor, projectIds: readonly string[]): Promise<void> {
    const found = await trusts.list(db, { projectId: projectIds }, ['id']);
    await trustStore.delete(
      db,
      found.map((trust) => trust.id),
    );
  },
};
