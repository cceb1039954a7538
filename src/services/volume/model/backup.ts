import { notFound, type CloudError } from '#kernel/errors.ts';

export type BackupStatus = 'creating' | 'available' | 'deleting' | 'restoring' | 'error' | 'error_deleting';

export interface Backup {
  readonly id: string;
  readonly version: number;
  readonly projectId: string;
  readonly userId: string;
  readonly volumeId: string;
  readonly snapshotId: string | null;
  /** The backup it builds upon; null = it is whole by itself. */
  readonly parentId: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: BackupStatus;
  readonly failReason: string | null;
  /** GiB of the volume. */
  readonly size: number;
  readonly container: string | null;
  /** Pieces that were really stored. */
  readonly objectCount: number;
  readonly availabilityZone: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the volume, which it has again after a restore. */
  readonly volumeMetadata: Readonly<Record<string, string>>;
  /** The moment whose content it has. */
  readonly dataTimestamp: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The node that copies, or copied. */
  readonly host: string;
  readonly backend: string;
  /** Whether it is still being copied. */
  readonly desired: boolean;
  readonly generation: number;
  /** Volume that is being restored from it. */
  readonly restoringTo: string | null;
  readonly requestId: string;
}

export const backupNotFound = (id: string): CloudError => notFound(`Backup ${id} could not be found.`);
