import { badRequest, CloudError, messageOf } from '#kernel/errors.ts';
import type { User } from './user.ts';

/** What a cloud asks of passwords. What is absent is not asked. */
export interface PasswordRules {
  /** A new password must match it. */
  readonly regex?: string;
  /** The same in words, for the user. */
  readonly regexDescription?: string;
  /** How many passwords of a user, the new one included, must differ. */
  readonly uniqueLast?: number;
  /** Before then a user may not change a password again. */
  readonly minimumAgeDays?: number;
  readonly expiryDays?: number;
  /** A password that an administrator has set must be changed before it is of any other use. */
  readonly changeUponFirstUse?: boolean;
  /** After so many attempts in a row a user is locked out. */
  readonly lockoutFailures?: number;
  /** Seconds; absent = for good. */
  readonly lockoutSeconds?: number;
  /** Users who were not there for so long are disabled. */
  readonly disableInactiveDays?: number;
}

const DAY_MS = 86_400_000;

const has = (user: Pick<User, 'options'>, option: string): boolean => user.options[option] === true;

/** @throws CloudError `bad-request` in Keystone's words. */
export function assertStrong({ regex, regexDescription }: PasswordRules, password: string): void {
  if (regex === undefined || fromTheBeginning(regex).test(password)) return;
  throw badRequest(
    `The password does not match the requirements: ${regexDescription ?? 'see your administrator'}.`,
  );
}

/** As Keystone matches. */
const fromTheBeginning = (regex: string): RegExp => new RegExp(regex, 'y');

/** @throws CloudError `bad-request` for rules that cannot be kept, before anybody runs into them. */
export function assertRules({ regex }: PasswordRules): void {
  try {
    fromTheBeginning(regex ?? '');
  } catch (cause) {
    throw badRequest(`identity.passwords.regex: ${messageOf(cause)}`, { cause });
  }
}

/** @throws CloudError `bad-request` unless the user may change the own password now. */
export function assertMayChange(rules: PasswordRules, user: User, now: Date): void {
  if (has(user, 'lock_password')) {
    throw badRequest(
      'You cannot change your password at this time due to password policy disallowing password changes. Please contact your administrator to reset your password.',
    );
  }
  const days = rules.minimumAgeDays ?? 0;
  const since = now.getTime() - Date.parse(user.passwordChangedAt);
  if (since >= days * DAY_MS || isPasswordExpired(user, now)) return;
  const left = Math.ceil(days - since / DAY_MS);
  throw badRequest(
    `You cannot change your password at this time due to the minimum age. Once you change your password, it must be used for ${days} day(s) before it can be changed. Please try again in ${left} day(s) or contact your administrator to reset your password.`,
  );
}

export const notUnique = (count: number): CloudError =>
  badRequest(
    `The new password cannot be identical to a previous password. The total number which includes the new password must be unique is ${count}.`,
  );

/** When a password that is set now ends. `first`: it was set by somebody else. */
export function passwordExpiry(
  rules: PasswordRules,
  user: Pick<User, 'options'>,
  { now, first }: { readonly now: Date; readonly first: boolean },
): Date | null {
  if (first && rules.changeUponFirstUse && !has(user, 'ignore_change_password_upon_first_use')) return now;
  if (rules.expiryDays === undefined || has(user, 'ignore_password_expiry')) return null;
  return new Date(now.getTime() + rules.expiryDays * DAY_MS);
}

export const isPasswordExpired = (user: User, now: Date): boolean =>
  user.passwordExpiresAt !== null && Date.parse(user.passwordExpiresAt) <= now.getTime();

export const passwordExpired = (userId: string): CloudError =>
  new CloudError('unauthenticated', `The password is expired and needs to be changed for user: ${userId}.`);

export const canBeLockedOut = (rules: PasswordRules, user: User): boolean =>
  rules.lockoutFailures !== undefined && !has(user, 'ignore_lockout_failure_attempts');

/** Before when an enabled user must have been there; undefined = nobody asks. */
export const inactiveBefore = ({ disableInactiveDays: days }: PasswordRules, now: Date): Date | undefined =>
  days === undefined ? undefined : new Date(now.getTime() - days * DAY_MS);

export const mayBeInactive = (user: User): boolean => has(user, 'ignore_user_inactivity');
