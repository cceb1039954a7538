import type { NewSecret } from '../port.ts';
import type { Guarded } from './access.ts';

export const SECRET_TYPES = [
  'symmetric',
  'public',
  'private',
  'passphrase',
  'certificate',
  'opaque',
] as const;
export type SecretType = NewSecret['type'];

/** A secret without its payload. It is always ACTIVE. */
export interface Secret extends Guarded {
  readonly name: string | null;
  readonly type: SecretType;
  readonly algorithm: string | null;
  readonly bitLength: number | null;
  readonly mode: string | null;
  /** When it ceases to be; null = never. */
  readonly expiration: string | null;
  /** Of its payload; null while it has none. */
  readonly contentType: string | null;
}

/** What a payload is sealed for in the vault: it opens for no other secret. */
export const sealedFor = (secret: Pick<Secret, 'id'>): string => `secret/${secret.id}`;
