import './reflect-metadata.ts';
import type { KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';
import { badRequest } from '#kernel/errors.ts';
import {
  exportPrivateKey,
  generateKeys,
  importPublicKey,
  importSigningKey,
  type KeyAlgorithm,
} from './keys.ts';

const DAY = 86_400_000;
/** A peer whose clock is behind must not find a new certificate not yet valid. */
const CLOCK_SKEW = 3_600_000;
const USAGES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** A certificate and its private key, both PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityRequest {
  readonly commonName: string;
  /** Default `ecdsa-p256`. */
  readonly algorithm?: KeyAlgorithm;
  /** When it begins to be valid; default now. */
  readonly notBefore?: Date;
  /** Default ten years for an authority, one year for others, who never outlive their authority. */
  readonly days?: number;
}

/** What a certificate that is no authority's says. */
export interface LeafRequest {
  /** RFC 4514, `CN=web,O=Hydria`; or attribute by attribute, where names may hold anything. */
  readonly subject: string | readonly Readonly<Record<string, string[]>>[];
  /** Default both ends of TLS. */
  readonly usages?: readonly (keyof typeof USAGES)[];
  /** Further object identifiers of its extended key usage. */
  readonly usageOids?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  readonly notBefore?: Date;
  readonly days?: number;
}

/** A new certificate authority, which signs leaves only. */
export async function createAuthority(request: AuthorityRequest): Promise<Credentials> {
  const keys = await generateKeys(request.algorithm);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ O: ['Hydria'] }, { CN: [request.commonName] }],
    keys,
    signingAlgorithm: keys.privateKey.algorithm,
    ...lifetime(request, 3650),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: exportPrivateKey(keys.privateKey) };
}

/** A certificate with a new key. @throws CloudError `bad-request` for an address or a subject that is none. */
export async function issueCertificate(
  authority: Credentials,
  request: LeafRequest & { readonly algorithm?: KeyAlgorithm },
): Promise<Credentials> {
  const keys = await generateKeys(request.algorithm);
  const certificate = await sign(authority, request, keys.publicKey);
  return { certificate, key: exportPrivateKey(keys.privateKey) };
}

/** A certificate for a key that is there already. @returns PEM. @throws CloudError `bad-request` */
export const certifyKey = async (
  authority: Credentials,
  request: LeafRequest,
  key: KeyObject,
): Promise<string> => sign(authority, request, await importPublicKey(key));

/** Signs for a public key, whoever has the private one. @returns PEM. */
export async function sign(
  authority: Credentials,
  request: LeafRequest,
  publicKey: webcrypto.CryptoKey,
): Promise<string> {
  const issuer = new X509Certificate(authority.certificate);
  const signingKey = await importSigningKey(authority.key);
  const certificate = await X509CertificateGenerator.create({
    subject: subjectOf(request),
    issuer: issuer.subjectName,
    publicKey,
    signingKey,
    signingAlgorithm: { ...signingKey.algorithm, hash: 'SHA-256' },
    ...lifetime(request, 365, issuer.notAfter),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension(usagesOf(request)),
      ...alternativeNames(request),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return pem(certificate);
}

const usagesOf = ({ usages = ['server', 'client'], usageOids = [] }: LeafRequest): string[] => [
  ...usages.map((usage) => USAGES[usage]),
  ...usageOids,
];

function subjectOf({ subject }: LeafRequest): Name {
  const name = new Name(subject);
  if (name.toString() !== '') return name;
  throw badRequest(`${JSON.stringify(subject)} is not a distinguished name such as 'CN=web,O=Hydria'.`);
}

export function lifetime(
  request: Pick<LeafRequest, 'notBefore' | 'days'>,
  defaultDays: number,
  latest?: Date,
): { notBefore: Date; notAfter: Date } {
  const start = (request.notBefore ?? new Date()).getTime();
  const notAfter = new Date(start + (request.days ?? defaultDays) * DAY);
  return {
    notBefore: new Date(start - CLOCK_SKEW),
    notAfter: latest && latest < notAfter ? latest : notAfter,
  };
}

function alternativeNames({ dnsNames = [], ips = [] }: LeafRequest): Extension[] {
  const wrong = ips.find((ip) => !isIP(ip));
  if (wrong !== undefined) throw badRequest(`"${wrong}" is not an IP address.`);
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ips.map((value) => ({ type: 'ip' as const, value })),
  ];
  return names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)];
}

const pem = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`;
