import { notFound, type CloudError } from '#kernel/errors.ts';

/** How volumes of a type are to be encrypted. Its id is the type's. */
export interface Encryption {
  readonly id: string;
  readonly version: number;
  readonly encryptionId: string;
  /** `luks`, `plain`, or a class of Nova's. */
  readonly provider: string;
  readonly cipher: string | null;
  /** Bits; 0 = the provider's own choice. */
  readonly keySize: number;
  readonly controlLocation: 'front-end' | 'back-end';
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const encryptionNotFound = (typeId: string): CloudError =>
  notFound(`Volume type encryption for type ${typeId} does not exist.`);
