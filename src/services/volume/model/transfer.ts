import { notFound, type CloudError } from '#kernel/errors.ts';

/** A volume that is offered to whoever has the key. */
export interface Transfer {
  readonly id: string;
  readonly version: number;
  readonly volumeId: string;
  readonly projectId: string;
  readonly name: string;
  readonly salt: string;
  readonly keyHash: string;
  readonly noSnapshots: boolean;
  readonly createdAt: string;
}

export const transferNotFound = (id: string): CloudError => notFound(`Transfer ${id} could not be found.`);
