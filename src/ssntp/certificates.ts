import { issueCertificate as issueLeaf, type AuthorityRequest, type Credentials } from '#pki/certificates.ts';
import { roleOids } from './roles.ts';

export { createAuthority, type Credentials } from '#pki/certificates.ts';

export interface CertificateRequest extends AuthorityRequest {
  /** Bits of `Role`. */
  readonly roles: number;
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
}

/** A certificate with its roles, for either end of TLS. @throws CloudError bad-request for an address that is none. */
export function issueCertificate(
  authority: Credentials,
  { commonName, roles, dnsNames = [commonName], ...request }: CertificateRequest,
): Promise<Credentials> {
  return issueLeaf(authority, {
    ...request,
    subject: [{ O: ['Hydria'] }, { CN: [commonName] }],
    usageOids: roleOids(roles),
    dnsNames,
  });
}
