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

/** Whom a token's end is no obstacle for. */
export interface Leniency {
  /** A token that has expired within the last 48 hours still counts: for services that go on with what was begun. */
  readonly allowExpired?: boolean;
}

/** Checks tokens: the local identity service, or a remote Keystone. */
export interface Authenticator {
  /** @returns undefined for a token that is malformed, expired or revoked. */
  authenticate(token: string, options?: Leniency): Promise<Principal | undefined>;
}

/** The role of those who may act for users whose tokens have expired. */
const SERVICE_ROLE = 'service';

/**
 * Who calls. A service that shows a token of its own as well goes on for a user whose token has expired meanwhile.
 * @throws CloudError `unauthenticated` when there is no valid token.
 */
export async function authenticate(
  authenticator: Authenticator,
  token: string | undefined,
  serviceToken?: string,
): Promise<Principal> {
  const principal = token === undefined ? undefined : await authenticator.authenticate(token);
  if (principal) return principal;
  const service = serviceToken === undefined ? undefined : await authenticator.authenticate(serviceToken);
  if (token !== undefined && service?.roles.includes(SERVICE_ROLE)) {
    const late = await authenticator.authenticate(token, { allowExpired: true });
    if (late) return late;
  }
  throw new CloudError('unauthenticated', 'The request you have made requires authentication.');
}
