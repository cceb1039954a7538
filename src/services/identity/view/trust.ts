import type { Role } from '../model/role.ts';
import type { Trust } from '../model/trust.ts';
import { roleView } from './people.ts';

/** A trust as OS-TRUST shows it; `roles` null = a list, which leaves them out. */
export function trustView(trust: Trust, roles: readonly Role[] | null, base: string) {
  const self = `${base}/v3/OS-TRUST/trusts/${trust.id}`;
  return {
    id: trust.id,
    trustor_user_id: trust.trustorUserId,
    trustee_user_id: trust.trusteeUserId,
    project_id: trust.projectId,
    impersonation: trust.impersonation,
    expires_at: trust.expiresAt,
    remaining_uses: trust.remainingUses,
    redelegation_count: trust.redelegationCount,
    ...(trust.redelegatedTrustId === null ? {} : { redelegated_trust_id: trust.redelegatedTrustId }),
    deleted_at: null,
    ...(roles === null ? {} : { roles: roles.map((role) => roleView(role, base)) }),
    roles_links: { self: `${self}/roles`, previous: null, next: null },
    links: { self },
  };
}
