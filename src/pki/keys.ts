import { createPrivateKey, KeyObject, type webcrypto } from 'node:crypto';
import { badRequest } from '#kernel/errors.ts';

const ec = (namedCurve: string) => ({ name: 'ECDSA', namedCurve, hash: 'SHA-256' });
const rsa = (modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
});

const ALGORITHMS = {
  'ecdsa-p256': ec('P-256'),
  'ecdsa-p384': ec('P-384'),
  /** What Ciao's own tool makes. */
  'rsa-2048': rsa(2048),
  'rsa-3072': rsa(3072),
} as const;

export type KeyAlgorithm = keyof typeof ALGORITHMS;

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

export const generateKeys = (algorithm: KeyAlgorithm = 'ecdsa-p256'): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(ALGORITHMS[algorithm], true, ['sign', 'verify']);

/** The private key of an authority, from PEM. @throws CloudError `bad-request` for a key that cannot sign here. */
export function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = createPrivateKey(pem);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', der, algorithmOf(key), false, ['sign']);
}

/** A public key, from PEM or DER (SubjectPublicKeyInfo), as a certificate is made for it. */
export const importPublicKey = (key: KeyObject): Promise<webcrypto.CryptoKey> =>
  crypto.subtle.importKey('spki', key.export({ type: 'spki', format: 'der' }), algorithmOf(key), true, [
    'verify',
  ]);

export const exportPrivateKey = (key: webcrypto.CryptoKey): string =>
  KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();

function algorithmOf(key: KeyObject): ReturnType<typeof ec> | ReturnType<typeof rsa> {
  if (key.asymmetricKeyType === 'rsa') return rsa(2048);
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) return ec(curve);
  throw badRequest(`Certificates are made for RSA and EC keys, not for '${key.asymmetricKeyType}'.`);
}
