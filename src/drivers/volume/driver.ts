/**
 * Where the bytes of volumes are kept. Verbs are idempotent: repeating one that has already taken effect succeeds, also
 * after a kill at any point. Ids are UUIDs; what is made outside derives its name from them. Sizes are bytes, multiples of
 * 512. A driver knows no HTTP, database, node or tenant.
 */
export interface VolumeDriver {
  readonly name: string;
  /** Looks whether this machine can run it. Never throws. */
  probe(): Promise<VolumeProbe>;
  /** Takes away what a crash has left half-made, and finds attached devices again. Once, before anything else. */
  recover(): Promise<void>;
  capacity(): Promise<VolumeCapacity>;
  /** What is here: so that what nobody wants can be found. */
  list(): Promise<VolumeInventory>;

  /**
   * A new volume whose content somebody is to write: `path` is a file or device of `bytes` zeros, which becomes the volume
   * by `commitDraft`. A second call throws away what was written. Beside an existing volume of this id it is that volume's
   * next content. @throws CloudError `too-large` when the disk is full
   */
  draft(id: string, bytes: number): Promise<{ readonly path: string }>;
  /** Makes what was written the volume's content, durably. @throws CloudError `conflict` for a volume that is attached */
  commitDraft(id: string): Promise<void>;
  discardDraft(id: string): Promise<void>;

  /** A volume of zeros. An existing one grows to `bytes`, also while it is attached; it never shrinks. */
  ensureVolume(id: string, bytes: number): Promise<void>;
  /** A draft with the content of another volume or a snapshot, as cheaply as the backend can. Independent of its source. */
  cloneToDraft(id: string, bytes: number, source: VolumeSourceRef): Promise<{ readonly path: string }>;
  /** @throws CloudError `conflict` for a volume that is attached */
  removeVolume(id: string): Promise<void>;

  /** The volume as it is at one moment between its start and its end, also while it is written to. */
  ensureSnapshot(id: string, volumeId: string): Promise<void>;
  removeSnapshot(id: string): Promise<void>;

  /** The volume as a block device of this machine. @returns the same path again for a volume that is attached */
  attach(volumeId: string, mode: AttachMode): Promise<{ readonly path: string }>;
  detach(volumeId: string): Promise<void>;
  /** For reading a volume or snapshot from its first byte to its last. `close` when it is read. */
  open(source: VolumeSourceRef): Promise<OpenVolume>;
}

export type VolumeSourceRef = { readonly volume: string } | { readonly snapshot: string };

export type AttachMode = 'rw' | 'ro';

export interface OpenVolume {
  /** A file or device. Holes of a file may be skipped. */
  readonly path: string;
  readonly bytes: number;
  close(): Promise<void>;
}

export interface VolumeProbe {
  readonly usable: boolean;
  /** Why not, and what mends it. */
  readonly reason?: string;
}

/** Bytes. */
export interface VolumeCapacity {
  readonly total: number;
  readonly free: number;
  /** Whether volumes take only what is written to them. */
  readonly thin: boolean;
}

export interface VolumeInventory {
  readonly volumes: readonly {
    readonly id: string;
    readonly bytes: number;
    readonly device: string | null;
  }[];
  readonly snapshots: readonly { readonly id: string; readonly volumeId: string; readonly bytes: number }[];
  readonly drafts: readonly string[];
}
