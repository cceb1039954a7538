import { badRequest, forbidden, notFound, type CloudError } from '#kernel/errors.ts';

/** Somebody (the trustor) lets somebody else (the trustee) act with some of their roles in one project. */
export interface Trust {
  readonly id: string;
  readonly trustorUserId: string;
  readonly trusteeUserId: string;
  /** Null = proves who somebody is, and gives no roles. */
  readonly projectId: string | null;
  readonly roleIds: readonly string[];
  /** Whether the trustee's tokens are the trustor's, or the trustee's own with the trustor's roles. */
  readonly impersonation: boolean;
  readonly expiresAt: string | null;
  /** Null = as often as the trustee likes. */
  readonly remainingUses: number | null;
  /** How often it may be passed on. */
  readonly redelegationCount: number;
  /** The trust that it was passed on from. */
  readonly redelegatedTrustId: string | null;
}

export const MAX_REDELEGATIONS = 3;

export const trustNotFound = (id: string): CloudError => notFound(`Could not find trust: ${id}.`);

/** How often a trust that is made of nothing else may be passed on. */
export function redelegationsOf(asked: {
  readonly allow_redelegation?: boolean;
  readonly redelegation_count?: number | null;
  readonly remaining_uses?: number | null;
}): number {
  if (asked.allow_redelegation !== true) return 0;
  if (asked.remaining_uses !== undefined && asked.remaining_uses !== null)
    throw badRequest('remaining_uses cannot be set for a trust that may be passed on.');
  const count = asked.redelegation_count ?? MAX_REDELEGATIONS;
  if (count > MAX_REDELEGATIONS)
    throw forbidden(`Requested redelegation depth of ${count} is greater than allowed ${MAX_REDELEGATIONS}.`);
  return count;
}

/** What is passed on is never more than what was received. @throws CloudError `forbidden`. */
export function assertPassedOn(parent: Trust, child: Trust): void {
  const refuse = (reason: string) => forbidden(`This trust cannot be passed on so: ${reason}.`);
  if (parent.redelegationCount < 1) throw refuse('its depth of redelegation is used up');
  if (child.redelegationCount >= parent.redelegationCount) throw refuse('the depth must become smaller');
  if (child.impersonation && !parent.impersonation) throw refuse('it does not impersonate its trustor');
  if (child.projectId !== parent.projectId) throw refuse('it is for another project');
  if (parent.expiresAt !== null && (child.expiresAt === null || child.expiresAt > parent.expiresAt))
    throw refuse('it ends earlier');
  if (child.roleIds.some((id) => !parent.roleIds.includes(id)))
    throw refuse('it does not have all the roles');
}
