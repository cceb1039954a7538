import './reflect-metadata.ts';
import { createPublicKey } from 'node:crypto';
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { badRequest } from '#kernel/errors.ts';
import { certifyKey, type Credentials, type LeafRequest } from './certificates.ts';

type Terms = Omit<LeafRequest, 'subject' | 'dnsNames' | 'ips'>;

/**
 * A certificate for whoever made the signing request (PKCS#10): with its subject and the DNS names and addresses that it
 * asks for, and nothing else of it.
 * @param request PEM, or base64 of PEM or DER @returns PEM
 * @throws CloudError `bad-request` when it cannot be read, or was not signed by the key that it is for
 */
export async function signRequest(
  authority: Credentials,
  request: string,
  terms: Terms = {},
): Promise<string> {
  const parsed = parseRequest(request);
  if (!(await parsed.verify())) throw badRequest('The certificate request is not signed by its own key.');
  const key = createPublicKey({
    key: Buffer.from(parsed.publicKey.rawData),
    format: 'der',
    type: 'spki',
  });
  return certifyKey(authority, { ...terms, subject: parsed.subject, ...namesIn(parsed) }, key);
}

/** @throws CloudError `bad-request` */
export function parseRequest(text: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(text.includes('-----BEGIN') ? text : fromBase64(text));
  } catch (cause) {
    throw badRequest('The certificate request is not PKCS#10 in PEM, or base64 of it.', { cause });
  }
}

function fromBase64(text: string): string | Buffer<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64');
  return bytes.includes('-----BEGIN') ? bytes.toString() : bytes;
}

function namesIn(request: Pkcs10CertificateRequest): { dnsNames: string[]; ips: string[] } {
  const names =
    request.extensions.find((each) => each instanceof SubjectAlternativeNameExtension)?.names.items ?? [];
  const of = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return { dnsNames: of('dns'), ips: of('ip') };
}
