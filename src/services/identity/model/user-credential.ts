import { createHash } from 'node:crypto';
import { badRequest, notFound, type CloudError } from '#kernel/errors.ts';

/** A secret of a user's that identity keeps: keys for EC2's signatures, a seed of one-time passwords, a certificate. */
export interface UserCredential {
  readonly id: string;
  readonly userId: string;
  readonly projectId: string | null;
  /** `ec2`, `cert`, `totp`, or a word of the caller's own. */
  readonly type: string;
  /** What the vault made of the blob: scope `identity`, context `credential/<id>`. */
  readonly blobSealed: string;
  /** SHA-256 of the access key by which an `ec2` credential is found; null for other types. */
  readonly keyHash: string | null;
}

/** What the blob of an `ec2` credential holds. Those made by a delegated token act within that delegation alone. */
export interface Ec2Keys {
  readonly access: string;
  readonly secret: string;
  readonly trust_id: string | null;
  readonly app_cred_id: string | null;
  readonly access_token_id: string | null;
}

/** By what a caller acts, as far as its EC2 keys must be bound by it. */
export type KeyBounds = Pick<Ec2Keys, 'trust_id' | 'app_cred_id' | 'access_token_id'>;
export const UNBOUND: KeyBounds = { trust_id: null, app_cred_id: null, access_token_id: null };

export const credentialScope = 'identity';
export const credentialContext = (id: string): string => `credential/${id}`;
export const keyHashOf = (access: string): string => createHash('sha256').update(access).digest('hex');
export const credentialNotFound = (id: string): CloudError => notFound(`Could not find credential: ${id}.`);

/** @throws CloudError `bad-request` when it is not what an `ec2` credential needs. */
export function parseEc2Keys(blob: string): Ec2Keys {
  const keys = parseObject(blob);
  const { access, secret } = keys;
  if (typeof access !== 'string' || typeof secret !== 'string' || access === '' || secret === '')
    throw badRequest('The blob of an ec2 credential is a JSON object with access and secret.');
  return { ...UNBOUND, ...keys, access, secret };
}

function parseObject(text: string): Partial<Ec2Keys> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (cause) {
    throw badRequest('Invalid blob in credential.', { cause });
  }
}
