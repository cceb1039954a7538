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
  /** @throws CloudError `conflict` while something is open in it */
  unmount(volumeId: string): Promise<void>;
  /** What is mounted now, by the volume's id. */
  list(): Promise<ReadonlyMap<string, MountMode>>;
}

export type MountMode = 'rw' | 'ro';
