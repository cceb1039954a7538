import type { Actor } from '../context.ts';
import { CloudError } from '../errors.ts';
import type { AccessRule } from './access-rules.ts';

/** What a valid token says about its bearer, roles as they are now. */
export interface Principal {
  readonly user: Actor;
  readonly project: Actor | null;
  readonly domainScope: Actor['domain'] | null;
  readonly systemScope: boolean;
  readonly roles: readonly string[];
  /** The only calls that an application credential may make; absent = all. */
  readonly accessRules?: readonly AccessRule[];
}

/** Checks tokens: the local identity service, or a remote Keystone. */
export interface Authenticator {
  /** @returns undefined for a token that is malformed, expired or revoked. */
  authenticate(token: string): Promise<Principal | undefined>;
}

/** @throws CloudError `unauthenticated` when there is no valid token. */
export async function authenticate(
  authenticator: Authenticator,
  token: string | undefined,
): Promise<Principal> {
  const principal = token === undefined ? undefined : await authenticator.authenticate(token);
  if (principal) return principal;
  throw new CloudError('unauthenticated', 'The request you have made requires authentication.');
}
