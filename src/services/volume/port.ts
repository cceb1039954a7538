import type { Ctx } from '#kernel/context.ts';

/** What other services may ask of volumes. */
export interface VolumePort {
  /** By id or by name among what the caller may see. @throws CloudError `not-found`; `conflict` when several have the name */
  get(ctx: Ctx, idOrName: string): Promise<VolumeInfo>;
  /** Repeating it with the same `id` gives the same volume. */
  create(ctx: Ctx, request: VolumeRequest): Promise<VolumeInfo>;
  /** With `force`, which is for who may do all, in whatever state it is. Gone already is gone. */
  remove(ctx: Ctx, id: string, options?: { readonly force: boolean }): Promise<void>;
  /**
   * Wants the volume as a block device on `host`, for `consumer` (a container or server). Repeating it gives the same
   * attachment. @throws CloudError `conflict` for a volume that is in use and not made for several; `bad-request` when it cannot
   * be brought to this host
   */
  attach(ctx: Ctx, attach: AttachVolume): Promise<AttachedVolume>;
  /** Idempotent. */
  detach(ctx: Ctx, attachmentId: string): Promise<void>;
}

export interface VolumeRequest {
  /** UUID, chosen by the caller. */
  readonly id: string;
  readonly name: string;
  /** GiB. */
  readonly size: number;
  readonly type: string | null;
  readonly imageId: string | null;
  readonly snapshotId: string | null;
  /** Host that must be able to attach it; null = any. */
  readonly host: string | null;
}

export interface VolumeInfo {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly size: number;
  /** Host whose node keeps it; null until it is placed. */
  readonly host: string | null;
  readonly multiattach: boolean;
  readonly bootable: boolean;
  readonly readOnly: boolean;
}

export interface AttachVolume {
  /** UUID, chosen by the caller. */
  readonly attachmentId: string;
  readonly volumeId: string;
  readonly consumer: string;
  readonly host: string;
  /** What the consumer sees: `/dev/vdb`, or a directory. */
  readonly mountpoint: string;
  readonly mode: 'rw' | 'ro';
}

export interface AttachedVolume {
  readonly attachmentId: string;
  readonly volumeId: string;
  /** Path of the block device on the host; null while it is being made: the node finds it by the attachment's id. */
  readonly device: string | null;
}
