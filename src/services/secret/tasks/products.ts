import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { badRequest } from '#kernel/errors.ts';
import type { OrderMeta } from '../model/order.ts';
import type { SecretType } from '../model/secret.ts';

/** A secret that an order makes: what it is called in the order's container, and its payload. */
export interface Product {
  readonly role: string;
  readonly type: SecretType;
  readonly contentType: string;
  readonly bytes: Buffer;
}

const makePair = promisify(generateKeyPair);
const CURVES: Readonly<Record<number, string>> = { 256: 'P-256', 384: 'P-384', 521: 'P-521' };

export const keyProduct = ({ bit_length: bits = 256 }: OrderMeta): Product => ({
  role: 'secret',
  type: 'symmetric',
  contentType: 'application/octet-stream',
  bytes: randomBytes(bits / 8),
});

/** A pair of keys, PEM; with a passphrase, the private one is encrypted by it, and the passphrase kept beside. */
export async function pairProducts(meta: OrderMeta, passphrase: string | null): Promise<Product[]> {
  const { publicKey, privateKey } = await generatePair(meta);
  const cipher = passphrase === null ? {} : { cipher: 'aes-256-cbc', passphrase };
  const [pem, pub] = [
    privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }),
    publicKey.export({ type: 'spki', format: 'pem' }),
  ];
  const pair: Product[] = [
    { role: 'private_key', type: 'private', contentType: 'application/pkcs8', bytes: Buffer.from(pem) },
    { role: 'public_key', type: 'public', contentType: 'application/octet-stream', bytes: Buffer.from(pub) },
  ];
  return passphrase === null ? pair : [...pair, passphraseProduct(passphrase)];
}

const passphraseProduct = (passphrase: string): Product => ({
  role: 'private_key_passphrase',
  type: 'passphrase',
  contentType: 'text/plain',
  bytes: Buffer.from(passphrase),
});

const generatePair = ({ algorithm, bit_length: bits = 0 }: OrderMeta) =>
  algorithm?.toLowerCase() === 'rsa'
    ? makePair('rsa', { modulusLength: bits })
    : makePair('ec', { namedCurve: CURVES[bits] ?? 'P-256' });

export const certificateProducts = (certificate: string, authority: string): Product[] => [
  pemProduct('certificate', certificate),
  pemProduct('intermediates', authority),
];

const pemProduct = (role: string, pem: string): Product => ({
  role,
  type: 'certificate',
  contentType: 'application/pkix-cert',
  bytes: Buffer.from(pem),
});

/** The public half of a stored private key: PEM or DER, encrypted or not. @throws CloudError `bad-request` */
export function publicHalf(bytes: Uint8Array, passphrase: string | null): string {
  const key = Buffer.from(bytes);
  const secret = passphrase === null ? {} : { passphrase };
  try {
    const form = key.includes('-----BEGIN') ? { key } : ({ key, format: 'der', type: 'pkcs8' } as const);
    return pemOf(createPublicKey(createPrivateKey({ ...form, ...secret })));
  } catch (cause) {
    throw badRequest('The stored private key cannot be read; its passphrase may be missing.', { cause });
  }
}

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
