import type { Db } from '#kernel/db/database.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

export interface Attempt {
  readonly userId: string;
  readonly factor: string;
  readonly at: string;
}

/** All SQL on attempts to prove who one is, on former passwords, and on passcodes that were used. */
export const attemptStore = {
  /**
   * Counts an attempt before it is made, so that many at the same time count too.
   * @param terms `most` attempts in a row; then none, until the last was before `unlocked`
   * @returns whether it may be made.
   */
  async begin(
    db: Executor,
    { userId, factor, at }: Attempt,
    terms: { readonly most: number; readonly unlocked: string },
  ): Promise<boolean> {
    const row = await db
      .insertInto('identity_attempt')
      .values({ user_id: userId, factor, failed: 1, failed_at: at })
      .onConflict((conflict) =>
        conflict
          .columns(['user_id', 'factor'])
          .doUpdateSet((eb) => ({
            failed: eb
              .case()
              .when('identity_attempt.failed', '>=', terms.most)
              .then(1)
              .else(eb('identity_attempt.failed', '+', 1))
              .end(),
            failed_at: at,
          }))
          .where((eb) =>
            eb.or([
              eb('identity_attempt.failed', '<', terms.most),
              eb('identity_attempt.failed_at', '<=', terms.unlocked),
            ]),
          ),
      )
      .returning('failed')
      .executeTakeFirst();
    return row !== undefined;
  },

  /** It did not fail. */
  async clear(db: Executor, userId: string, factor: string): Promise<void> {
    await db
      .deleteFrom('identity_attempt')
      .where('user_id', '=', userId)
      .where('factor', '=', factor)
      .execute();
  },

  /** The hashes of a user's former passwords, the last first. */
  async pastPasswords(db: Executor, userId: string, limit: number): Promise<string[]> {
    const rows = await db
      .selectFrom('identity_past_password')
      .select('password_hash')
      .where('user_id', '=', userId)
      .orderBy('created_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => row.password_hash);
  },

  /** Remembers a password that was in use until now, and forgets all but the last few. */
  async keepPassword(
    db: Executor,
    past: { readonly id: string; readonly userId: string; readonly hash: string; readonly at: string },
    keep: number,
  ): Promise<void> {
    const { id, userId, hash, at } = past;
    await db
      .insertInto('identity_past_password')
      .values({ id, user_id: userId, password_hash: hash, created_at: at })
      .execute();
    const kept = db
      .selectFrom('identity_past_password')
      .select('id')
      .where('user_id', '=', userId)
      .orderBy('created_at', 'desc')
      .limit(keep);
    await db
      .deleteFrom('identity_past_password')
      .where('user_id', '=', userId)
      .where('id', 'not in', kept)
      .execute();
  },

  /** @returns whether the passcode was not used before. */
  async usePasscode(db: Executor, id: string, expiresAt: string): Promise<boolean> {
    const row = await db
      .insertInto('identity_used_passcode')
      .values({ id, expires_at: expiresAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  },

  /** Forgets passcodes that are too old to be taken anyway. */
  async prunePasscodes(db: Executor, now: string): Promise<void> {
    await db.deleteFrom('identity_used_passcode').where('expires_at', '<=', now).execute();
  },
};
