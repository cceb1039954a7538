import type { Actor } from '#kernel/context.ts';
import { notFound, type CloudError } from '#kernel/errors.ts';
import type { VolumeContent, VolumeSpec } from '#node/protocol.ts';

export type VolumeStatus =
  | 'creating'
  | 'downloading'
  | 'available'
  | 'reserved'
  | 'attaching'
  | 'in-use'
  | 'detaching'
  | 'deleting'
  | 'extending'
  | 'reverting'
  | 'retyping'
  | 'uploading'
  | 'backing-up'
  | 'restoring-backup'
  | 'awaiting-transfer'
  | 'maintenance'
  | 'managing'
  | 'error'
  | 'error_deleting'
  | 'error_extending'
  | 'error_backing-up'
  | 'error_restoring'
  | 'error_managing';

/** One volume: what was asked for, where it is, and what its node is to make of it. */
export interface Volume {
  readonly id: string;
  /** Grows with every write. */
  readonly version: number;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  /** GiB that it has. */
  readonly size: number;
  /** GiB that it should have: what the node is told, quotas count and the scheduler sees. */
  readonly wantedSize: number;
  readonly status: VolumeStatus;
  readonly typeId: string;
  readonly availabilityZone: string;
  readonly bootable: boolean;
  readonly multiattach: boolean;
  /** Null = nobody said, which is no. */
  readonly readOnly: boolean | null;
  readonly snapshotId: string | null;
  readonly sourceVolid: string | null;
  readonly groupId: string | null;
  readonly migrationStatus: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the image it was made from; empty = of none. */
  readonly imageMetadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;

  /** Null when no node had room. */
  readonly host: string | null;
  /** Of the node: the driver that keeps it. */
  readonly backend: string;
  /** Whether its node should have it. */
  readonly desired: boolean;
  /** What is in it, or will be first. */
  readonly content: VolumeContent;
  readonly pending: Pending | null;
  /** Grows with each change of what the node should do: older reports do not answer it. */
  readonly generation: number;
}

/** What the node is working on, and what the volume is when that ends. */
export interface Pending {
  /** The content it gets; absent = it keeps what it has. */
  readonly content?: VolumeContent;
  readonly onSuccess: VolumeStatus;
  readonly onFailure: VolumeStatus;
  /** For the message to the user when it fails. */
  readonly doing: PendingWork;
  readonly requestId: string;
  /** Who asked; absent in what was written before this was kept. */
  readonly user?: Actor;
}

export type PendingWork = 'create' | 'extend' | 'revert' | 'restore' | 'reimage';

export const DEFAULT_ZONE = 'nova';

export const specOf = (volume: Volume): VolumeSpec => ({
  backend: volume.backend,
  size: volume.wantedSize,
  content: volume.pending?.content ?? volume.content,
});

/** `host@backend#pool`, as administrators know it. */
export const poolOf = ({ host, backend }: Pick<Volume, 'host' | 'backend'>): string | null =>
  host === null ? null : `${host}@${backend}#${backend}`;

/** A new content, in the revision after the last. */
export const nextContent = (volume: Volume, source: VolumeContent['source']): VolumeContent => ({
  revision: volume.content.revision + 1,
  source,
});

export const volumeNotFound = (id: string): CloudError => notFound(`Volume ${id} could not be found.`);
