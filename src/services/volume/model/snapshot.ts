import { notFound, type CloudError } from '#kernel/errors.ts';

export type SnapshotStatus =
  | 'creating'
  | 'available'
  | 'backing-up'
  | 'restoring'
  | 'updating'
  | 'deleting'
  | 'error'
  | 'error_deleting';

export interface Snapshot {
  readonly id: string;
  readonly version: number;
  readonly projectId: string;
  readonly userId: string;
  readonly volumeId: string;
  readonly typeId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SnapshotStatus;
  /** As whoever makes it said: `80%`; null = what the status says. */
  readonly progress: string | null;
  /** GiB of the volume at that time. */
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly groupSnapshotId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly host: string;
  readonly backend: string;
  readonly desired: boolean;
  readonly generation: number;
  readonly requestId: string;
}

export const snapshotNotFound = (id: string): CloudError => notFound(`Snapshot ${id} could not be found.`);
