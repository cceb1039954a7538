import type { Db } from '#kernel/db/database.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

export interface SealedTokenKey {
  readonly id: string;
  readonly sealed: string;
  readonly signsFrom: string;
}

/** All SQL on the keys of tokens. */
export const tokenKeyStore = {
  /** Youngest first. */
  async list(db: Executor): Promise<SealedTokenKey[]> {
    const rows = await db
      .selectFrom('identity_token_key')
      .selectAll()
      .orderBy('signs_from', 'desc')
      .orderBy('id')
      .execute();
    return rows.map((row) => ({ id: row.id, sealed: row.key_sealed, signsFrom: row.signs_from }));
  },

  /** One that is there already stays as it is. */
  async insert(db: Executor, key: SealedTokenKey): Promise<void> {
    await db
      .insertInto('identity_token_key')
      .values({ id: key.id, key_sealed: key.sealed, signs_from: key.signsFrom })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },

  async delete(db: Executor, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await db.deleteFrom('identity_token_key').where('id', 'in', ids).execute();
  },
};
