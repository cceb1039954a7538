import { notFound, type CloudError } from '#kernel/errors.ts';

export type AttachStatus =
  | 'reserved'
  | 'attaching'
  | 'attached'
  | 'detaching'
  | 'error_attaching'
  | 'error_detaching';

/** One consumer's hold on a volume. It is a device of the node as long as it is `exported`. */
export interface Attachment {
  readonly id: string;
  readonly version: number;
  readonly projectId: string;
  readonly volumeId: string;
  /** Server or container; null = a host. */
  readonly instance: string | null;
  readonly hostName: string | null;
  readonly mountpoint: string | null;
  readonly mode: 'rw' | 'ro';
  readonly status: AttachStatus;
  /** As the consumer's host gave it; empty = not yet. */
  readonly connector: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly attachedAt: string | null;
  readonly host: string;
  readonly backend: string;
  readonly desired: boolean;
  readonly generation: number;
  /** Path of the block device on the node, once it is there. */
  readonly device: string | null;
}

export const attachmentNotFound = (id: string): CloudError =>
  notFound(`Volume attachment could not be found with filter: attachment_id = ${id}.`);
