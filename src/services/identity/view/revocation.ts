import type { Revocation, RevocationKind } from '../model/credential.ts';

const KEYS: Readonly<Record<RevocationKind, string>> = {
  audit: 'audit_chain_id',
  user: 'user_id',
  project: 'project_id',
  domain: 'domain_id',
};

/** Of all tokens with that attribute, those issued until then. */
export const revocationView = ({ kind, value, issuedBefore }: Revocation) => ({
  [KEYS[kind]]: value,
  issued_before: issuedBefore,
  revoked_at: issuedBefore,
});
