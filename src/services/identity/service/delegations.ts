import type { Db } from '#kernel/db/database.ts';
import { forbidden } from '#kernel/errors.ts';
import { isPast } from '../model/expiry.ts';
import type { OauthToken } from '../model/oauth.ts';
import type { Role } from '../model/role.ts';
import { trustNotFound, type Trust } from '../model/trust.ts';
import { oauthTokenStore } from '../store/oauth.ts';
import { projectStore } from '../store/projects.ts';
import { trustStore } from '../store/trusts.ts';
import { userStore } from '../store/users.ts';
import type { IdentityTables } from '../tables.ts';
import type { DelegationRef, TokenPayload, TokenScope } from '../tokens/codec.ts';
import { effectiveRoles, expand } from './access.ts';
import { handleOf, type IdentityDeps } from './deps.ts';

type Executor = Db<IdentityTables>;

/** A trust or an OAuth access token by which somebody acts with another's roles, while it holds. */
export type Delegation =
  | { readonly kind: 'trust'; readonly trust: Trust; readonly roles: readonly Role[] }
  | { readonly kind: 'oauth1'; readonly accessToken: OauthToken; readonly roles: readonly Role[] };

/** What a token is made of when it comes from a delegation. */
export interface DelegatedClaims {
  readonly userId: string;
  readonly scope: TokenScope;
  readonly delegation: DelegationRef;
}

/**
 * @returns undefined when it is gone or over, when one of the people in it is, or when the one whose roles they are has lost
 * any of them.
 */
export async function liveDelegation(
  db: Executor,
  { kind, id }: DelegationRef,
  now: Date,
): Promise<Delegation | undefined> {
  if (kind === 'trust') {
    const trust = await trustStore.find(db, id);
    if (!trust || isPast(trust.expiresAt, now) || !(await isActive(db, trust.trusteeUserId)))
      return undefined;
    const roles = await rolesStillHeld(db, trust.trustorUserId, trust);
    return roles && { kind, trust, roles };
  }
  const accessToken = await oauthTokenStore.find(db, id);
  if (accessToken?.kind !== 'access' || isPast(accessToken.expiresAt, now)) return undefined;
  const roles = await rolesStillHeld(db, accessToken.userId ?? '', accessToken);
  return roles && { kind, accessToken, roles };
}

export const endOfDelegation = (delegation: Delegation): string | null =>
  delegation.kind === 'trust' ? delegation.trust.expiresAt : delegation.accessToken.expiresAt;

async function rolesStillHeld(
  db: Executor,
  userId: string,
  { projectId, roleIds }: Pick<Trust, 'projectId' | 'roleIds'>,
): Promise<readonly Role[] | undefined> {
  if (!(await isActive(db, userId))) return undefined;
  if (projectId === null) return [];
  const held = await effectiveRoles(db, userId, { kind: 'project', id: projectId });
  if (!roleIds.every((id) => held.some((role) => role.id === id))) return undefined;
  return expand(db, roleIds);
}

async function isActive(db: Executor, userId: string): Promise<boolean> {
  const user = await userStore.find(db, userId);
  const domain = user && (await projectStore.find(db, user.domainId));
  return user?.enabled === true && domain?.enabled === true;
}

/** How authentication enters a delegation. */
export class Delegations {
  readonly #deps: Omit<IdentityDeps, 'identityChanged'>;

  constructor(deps: Omit<IdentityDeps, 'identityChanged'>) {
    this.#deps = deps;
  }

  /** What the trustee's token is made of; one use is spent. @throws CloudError `not-found` or `forbidden`. */
  async enterTrust(trusteeId: string, trustId: string): Promise<DelegatedClaims> {
    const trust = await trustStore.find(this.#db, trustId);
    if (!trust || isPast(trust.expiresAt, this.#deps.clock.now())) throw trustNotFound(trustId);
    if (trust.trusteeUserId !== trusteeId) throw forbidden('User is not a trustee.');
    const delegation = { kind: 'trust', id: trustId } as const;
    if (!(await liveDelegation(this.#db, delegation, this.#deps.clock.now())))
      throw forbidden('The trustor can no longer give what this trust promises.');
    if (trust.remainingUses !== null && !(await trustStore.spend(this.#db, trustId)))
      throw forbidden(`No remaining uses for trust: ${trustId}.`);
    return {
      userId: trust.impersonation ? trust.trustorUserId : trust.trusteeUserId,
      scope: trust.projectId === null ? { kind: 'unscoped' } : { kind: 'project', id: trust.projectId },
      delegation,
    };
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

/** A token that came from a delegation is never exchanged for another. @throws CloudError `forbidden`. */
export function assertMayBecomeAnother({ delegation }: Pick<TokenPayload, 'delegation'>): void {
  if (delegation !== null) throw forbidden('A token that was delegated cannot be exchanged for another.');
}
