import type { Db } from '#kernel/db/database.ts';
import type { AuthorityRow, SecretTables } from '../tables.ts';

type Executor = Db<SecretTables>;

/** All SQL on certificate authorities. */
export const authorityStore = {
  find(db: Executor, owner: string): Promise<AuthorityRow | undefined> {
    return db.selectFrom('secret_authority').selectAll().where('owner', '=', owner).executeTakeFirst();
  },

  /** Of two that are made at the same time, the first stays. */
  async insert(db: Executor, row: AuthorityRow): Promise<void> {
    await db
      .insertInto('secret_authority')
      .values(row)
      .onConflict((conflict) => conflict.column('owner').doNothing())
      .execute();
  },

  async delete(db: Executor, owner: string): Promise<void> {
    await db.deleteFrom('secret_authority').where('owner', '=', owner).execute();
  },
};
