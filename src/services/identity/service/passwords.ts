import { isoTime } from '#kernel/clock.ts';
import { newHexId } from '#kernel/ids.ts';
import {
  assertMayChange,
  assertRules,
  assertStrong,
  canBeLockedOut,
  notUnique,
  passwordExpiry,
  type PasswordRules,
} from '../model/password-rules.ts';
import type { User } from '../model/user.ts';
import { hashPassword, verifyPassword } from '../passwords.ts';
import { attemptStore } from '../store/attempts.ts';
import { userStore } from '../store/users.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';

export interface PasswordsDeps extends Pick<IdentityDeps, 'database' | 'clock'> {
  readonly rules: PasswordRules;
}

type NewPassword = Pick<User, 'passwordHash' | 'passwordChangedAt' | 'passwordExpiresAt'>;

/** Passwords under the cloud's rules: setting, changing and proving them. */
export class Passwords {
  readonly #deps: PasswordsDeps;

  constructor(deps: PasswordsDeps) {
    assertRules(deps.rules);
    this.#deps = deps;
  }

  /** The fields of a password that an administrator sets; null = none. @throws CloudError `bad-request` when it is weak. */
  async set(user: Pick<User, 'options'>, password: string | null): Promise<NewPassword> {
    if (password !== null) assertStrong(this.#deps.rules, password);
    return this.#fields(user, password, true);
  }

  /** Changes the password of a user who has proved the old one. @throws CloudError `bad-request` in the words of the rule. */
  async change(user: User, password: string): Promise<void> {
    const { rules, clock } = this.#deps;
    assertMayChange(rules, user, clock.now());
    assertStrong(rules, password);
    await this.#assertUnique(user, password);
    const changed = { ...user, ...(await this.#fields(user, password, false)) };
    await inTransaction(this.#deps, async (tx) => {
      const keep = (rules.uniqueLast ?? 0) - 2;
      const past = {
        id: newHexId(),
        userId: user.id,
        hash: user.passwordHash ?? '',
        at: user.passwordChangedAt,
      };
      if (keep > 0) await attemptStore.keepPassword(tx, past, keep);
      await userStore.update(tx, changed);
    });
  }

  /**
   * Whether the proof holds. A user who failed too often is refused even with a right one, as if it were wrong.
   * @param prove takes as long for nobody (undefined) as for somebody
   */
  async attempt(
    user: User | undefined,
    factor: string,
    prove: (user: User | undefined) => Promise<boolean>,
  ): Promise<boolean> {
    const mayTry = user && (await this.#begin(user, factor));
    const proved = await prove(mayTry ? user : undefined);
    if (!user || !proved) return false;
    if (canBeLockedOut(this.#deps.rules, user)) await attemptStore.clear(this.#db, user.id, factor);
    return true;
  }

  /** Whether this is the user's password. */
  verify(user: User | undefined, password: string): Promise<boolean> {
    return this.attempt(user, 'password', (known) => verifyPassword(known?.passwordHash ?? null, password));
  }

  async #begin(user: User, factor: string): Promise<boolean> {
    const { rules, clock } = this.#deps;
    if (!canBeLockedOut(rules, user)) return true;
    const now = clock.now().getTime();
    const unlocked =
      rules.lockoutSeconds === undefined ? '' : isoTime(new Date(now - rules.lockoutSeconds * 1000));
    const attempt = { userId: user.id, factor, at: isoTime(new Date(now)) };
    return attemptStore.begin(this.#db, attempt, { most: rules.lockoutFailures ?? 1, unlocked });
  }

  /** The rule counts the new password too. */
  async #assertUnique(user: User, password: string): Promise<void> {
    const count = this.#deps.rules.uniqueLast ?? 1;
    if (count < 2) return;
    const past = count > 2 ? await attemptStore.pastPasswords(this.#db, user.id, count - 2) : [];
    for (const hash of [user.passwordHash, ...past])
      if (await verifyPassword(hash, password)) throw notUnique(count);
  }

  async #fields(user: Pick<User, 'options'>, password: string | null, first: boolean): Promise<NewPassword> {
    const now = this.#deps.clock.now();
    const end = password === null ? null : passwordExpiry(this.#deps.rules, user, { now, first });
    return {
      passwordHash: password === null ? null : await hashPassword(password),
      passwordChangedAt: isoTime(now),
      passwordExpiresAt: end && isoTime(end),
    };
  }

  get #db() {
    return handleOf(this.#deps);
  }
}
