import { CloudError } from '#kernel/errors.ts';
import { isExpired, type AppCredential } from '../model/credential.ts';
import {
  inactiveBefore,
  isPasswordExpired,
  mayBeInactive,
  passwordExpired,
  type PasswordRules,
} from '../model/password-rules.ts';
import type { User } from '../model/user.ts';
import { verifySecret } from '../passwords.ts';
import type { AuthRequest } from '../schema/auth.ts';
import { appCredentialStore } from '../store/credentials.ts';
import type { AuthMethod, TokenPayload } from '../tokens/codec.ts';
import { assertMayBecomeAnother } from './delegations.ts';
import { handleOf, type IdentityDeps } from './deps.ts';
import type { Passwords } from './passwords.ts';
import { findUser } from './references.ts';
import type { TokenService } from './tokens.ts';
import { verifyPasscode, type TotpSecrets } from './totp.ts';

/** Who somebody has proved to be, and how. */
export interface Proof {
  readonly userId: string;
  readonly methods: readonly AuthMethod[];
  readonly parent?: TokenPayload;
  readonly appCredential?: AppCredential;
}

/** @throws CloudError `unauthenticated` for a proof that is missing or wrong. */
export type Verifier = (identity: AuthRequest['identity']) => Promise<Proof>;

export interface AuthMethodDeps extends Omit<IdentityDeps, 'identityChanged'> {
  readonly tokens: TokenService;
  readonly passwords: Passwords;
  readonly rules: PasswordRules;
  readonly totpSecrets: TotpSecrets;
}

/** Always the same words: which part was wrong is nobody's business. */
export const refused = () =>
  new CloudError('unauthenticated', 'The request you have made requires authentication.');

/** What a login may name in `methods`. */
export const authMethods = (deps: AuthMethodDeps): ReadonlyMap<string, Verifier> =>
  new Map<string, Verifier>([
    ['password', (identity) => byPassword(deps, identity)],
    ['totp', (identity) => byPasscode(deps, identity)],
    ['token', (identity) => byToken(deps, identity)],
    ['application_credential', (identity) => byAppCredential(deps, identity)],
  ]);

async function byPassword(deps: AuthMethodDeps, { password }: AuthRequest['identity']): Promise<Proof> {
  if (!password) throw refused();
  const user = await findUser(handleOf(deps), password.user);
  if (!(await deps.passwords.verify(user, password.user.password)) || !isWelcome(deps, user)) throw refused();
  // Told only to whoever knows the password: without this, nobody would know that it must be changed.
  if (isPasswordExpired(user, deps.clock.now())) throw passwordExpired(user.id);
  return { userId: user.id, methods: ['password'] };
}

async function byPasscode(deps: AuthMethodDeps, { totp }: AuthRequest['identity']): Promise<Proof> {
  if (!totp) throw refused();
  const user = await findUser(handleOf(deps), totp.user);
  const secrets = user ? await deps.totpSecrets.of(user.id) : [];
  const { passcode } = totp.user;
  const proved = await deps.passwords.attempt(
    user,
    'totp',
    async (known) => known !== undefined && verifyPasscode(deps, known, { secrets, passcode }),
  );
  if (!proved || !isWelcome(deps, user)) throw refused();
  return { userId: user.id, methods: ['totp'] };
}

async function byToken(deps: AuthMethodDeps, { token }: AuthRequest['identity']): Promise<Proof> {
  const valid = token && (await deps.tokens.validate(token.id));
  if (!valid) throw refused();
  const { payload } = valid;
  assertMayBecomeAnother(payload);
  return { userId: payload.userId, methods: ['token', ...payload.methods], parent: payload };
}

async function byAppCredential(deps: AuthMethodDeps, identity: AuthRequest['identity']): Promise<Proof> {
  const given = identity.application_credential;
  const credential = given && (await findAppCredential(deps, given));
  const proven = credential && (await verifySecret(credential.secretHash, given.secret));
  if (!proven || isExpired(credential, deps.clock.now())) throw refused();
  return { userId: credential.userId, methods: ['application_credential'], appCredential: credential };
}

async function findAppCredential(
  deps: AuthMethodDeps,
  given: NonNullable<AuthRequest['identity']['application_credential']>,
): Promise<AppCredential | undefined> {
  const db = handleOf(deps);
  if (given.id !== undefined) return appCredentialStore.find(db, given.id);
  const user = given.user && (await findUser(db, given.user));
  return user && (await appCredentialStore.list(db, user.id, given.name ?? ''))[0];
}

/** Whether the user may come in at all: enabled, and not away for too long. */
function isWelcome({ rules, clock }: AuthMethodDeps, user: User | undefined): user is User {
  if (!user?.enabled) return false;
  const before = inactiveBefore(rules, clock.now());
  if (!before || user.activeAt === null || mayBeInactive(user)) return true;
  return Date.parse(user.activeAt) >= before.getTime();
}
