import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** A dashed random UUID: the id form of Nova, Neutron, Glance and Zun. */
export const newUuid = (): string => randomUUID();

/** 32 hex digits: the id form of Keystone. */
export const newHexId = (): string => randomUUID().replaceAll('-', '');

export const newRequestId = (): string => `req-${randomUUID()}`;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * A UUID that is always the same for the same name (RFC 9562 §5.5 with SHA-1), for outside things whose id must
 * survive a repeated step.
 */
export function nameUuid(namespace: string, name: string): string {
  const hash = createHash('sha1').update(namespace.replaceAll('-', ''), 'hex').update(name).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** URL-safe random text with `bytes` bytes of entropy, for secrets and tickets. */
export const newSecret = (bytes = 32): string => randomBytes(bytes).toString('base64url');
