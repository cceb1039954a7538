import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CloudError } from '../errors.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a random nonce: nonce, tag, ciphertext. `context` is not kept, and must be the same to open it. */
export function encrypt(key: Uint8Array, plain: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** @throws CloudError `internal` when it was made with another key or for another context, or was changed. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  try {
    const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (cause) {
    throw new CloudError('internal', 'A stored secret cannot be decrypted.', { detail: context, cause });
  }
}
