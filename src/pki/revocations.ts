import './reflect-metadata.ts';
import { X509Certificate, X509CrlGenerator } from '@peculiar/x509';
import { lifetime, type Credentials } from './certificates.ts';
import { importSigningKey } from './keys.ts';

export interface Revocation {
  /** Hexadecimal, as the certificate has it. */
  readonly serialNumber: string;
  readonly revokedAt: Date;
}

/** What an authority no longer stands by. Valid for a week. @returns PEM */
export async function createRevocationList(
  authority: Credentials,
  revoked: readonly Revocation[],
  at = new Date(),
): Promise<string> {
  const signingKey = await importSigningKey(authority.key);
  const { notBefore, notAfter } = lifetime({ notBefore: at, days: 7 }, 7);
  const list = await X509CrlGenerator.create({
    issuer: new X509Certificate(authority.certificate).subject,
    thisUpdate: notBefore,
    nextUpdate: notAfter,
    entries: revoked.map(({ serialNumber, revokedAt }) => ({ serialNumber, revocationDate: revokedAt })),
    signingAlgorithm: { ...signingKey.algorithm, hash: 'SHA-256' },
    signingKey,
  });
  return `${list.toString('pem')}\n`;
}
