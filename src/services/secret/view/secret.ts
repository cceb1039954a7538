import { refTo } from '../model/refs.ts';
import type { Secret } from '../model/secret.ts';
import { wireTime } from '../model/times.ts';
import type { ConsumerName } from '../store/consumers.ts';

/** A secret without its payload. `consumers` since 1.1. */
export const secretView = (secret: Secret, base: string, consumers?: readonly ConsumerName[]) => ({
  secret_ref: refTo(base, 'secrets', secret.id),
  name: secret.name,
  status: 'ACTIVE',
  secret_type: secret.type,
  algorithm: secret.algorithm,
  bit_length: secret.bitLength,
  mode: secret.mode,
  expiration: secret.expiration && wireTime(secret.expiration),
  creator_id: secret.creatorId,
  created: wireTime(secret.createdAt),
  updated: wireTime(secret.updatedAt),
  ...(secret.contentType !== null && { content_types: { default: secret.contentType } }),
  ...(consumers && { consumers }),
});
