import './reflect-metadata.ts';
import { createPrivateKey, KeyObject, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { badRequest } from '#kernel/errors.ts';
import { roleOids } from './roles.ts';

const DAY = 86_400_000;
/** A peer whose clock is behind must not find a new certificate not yet valid. */
const CLOCK_SKEW = 3_600_000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const ALGORITHMS = {
  'ecdsa-p256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  /** What Ciao's own tool makes. */
  'rsa-2048': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  },
} as const;

/** A certificate and its private key, both PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityRequest {
  readonly commonName: string;
  /** Default `ecdsa-p256`. */
  readonly algorithm?: keyof typeof ALGORITHMS;
  /** When it begins to be valid; default now. */
  readonly notBefore?: Date;
  /** Default ten years for an authority, one year for others, who never outlive their authority. */
  readonly days?: number;
}

export interface CertificateRequest extends AuthorityRequest {
  /** Bits of `Role`. */
  readonly roles: number;
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
}

/** A new certificate authority, which signs leaves only. */
export async function createAuthority(request: AuthorityRequest): Promise<Credentials> {
  const keys = await generateKeys(request);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: subject(request),
    keys,
    signingAlgorithm: keys.privateKey.algorithm,
    ...lifetime(request, 3650),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return credentials(certificate, keys);
}

/** A certificate with its roles, for either end of TLS. @throws CloudError bad-request for an address that is none. */
export async function issueCertificate(
  authority: Credentials,
  request: CertificateRequest,
): Promise<Credentials> {
  const issuer = new X509Certificate(authority.certificate);
  const signingKey = await importSigningKey(authority.key);
  const keys = await generateKeys(request);
  const certificate = await X509CertificateGenerator.create({
    subject: subject(request),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: { ...signingKey.algorithm, hash: 'SHA-256' },
    ...lifetime(request, 365, issuer.notAfter),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([SERVER_AUTH, CLIENT_AUTH, ...roleOids(request.roles)]),
      new SubjectAlternativeNameExtension(alternativeNames(request)),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return credentials(certificate, keys);
}

const generateKeys = (request: AuthorityRequest): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(ALGORITHMS[request.algorithm ?? 'ecdsa-p256'], true, ['sign', 'verify']);

function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = createPrivateKey(pem);
  const algorithm = ALGORITHMS[key.asymmetricKeyType === 'rsa' ? 'rsa-2048' : 'ecdsa-p256'];
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

const credentials = (certificate: X509Certificate, keys: webcrypto.CryptoKeyPair): Credentials => ({
  certificate: `${certificate.toString('pem')}\n`,
  key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
});

const subject = ({ commonName }: AuthorityRequest) => [{ O: ['Hydria'] }, { CN: [commonName] }];

function lifetime(request: AuthorityRequest, defaultDays: number, latest?: Date) {
  const start = (request.notBefore ?? new Date()).getTime();
  const notAfter = new Date(start + (request.days ?? defaultDays) * DAY);
  return {
    notBefore: new Date(start - CLOCK_SKEW),
    notAfter: latest && latest < notAfter ? latest : notAfter,
  };
}

function alternativeNames({ commonName, dnsNames = [commonName], ips = [] }: CertificateRequest) {
  const wrong = ips.find((ip) => !isIP(ip));
  if (wrong !== undefined) throw badRequest(`"${wrong}" is not an IP address.`);
  return [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ips.map((value) => ({ type: 'ip' as const, value })),
  ];
}
