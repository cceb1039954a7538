/**
 * The file systems in volumes, as directories of this machine: one for each volume, however many use it. Verbs are
 * idempotent, also after a kill at any point. A driver knows no HTTP, database, node or tenant.
 */
export interface FileSystemDriver {
  /** Where a volume's file system is, or will be, mounted. */
  pathOf(volumeId: string): string;
  /**
   * Mounts it; a device that has never been written to gets one first, an unclean one is mended as far as that loses nothing. One that
   * is mounted to read becomes writable when that is asked for; never the other way round.
   * @throws CloudError `bad-request` for a device with anything else on it, which is left as it is
   */
  mount(volumeId: string, device: string, mode: MountMode): Promise<void>;
  /**
   * The same but for the mount: for a machine of a workload's own, which mounts the device itself.
   * @throws CloudError as `mount`; `conflict`, retryable, while it is mounted on this machine or open in any process
   */
  prepare(volumeId: string, device: string, mode: MountMode): Promise<FileSystemType>;
  /** @throws CloudError `conflict` while something is open in it */
  unmount(volumeId: string): Promise<void>;
  /** What is mounted now, by the volume's id. */
  list(): Promise<ReadonlyMap<string, MountMode>>;
}

export type MountMode = 'rw' | 'ro';

/** What mounts it: `ext4` does ext2 and ext3 too. */
export type FileSystemType = 'ext4' | 'xfs';
