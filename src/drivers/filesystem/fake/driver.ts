import { badRequest, conflict } from '#kernel/errors.ts';
import type { FileSystemDriver, FileSystemType, MountMode } from '../driver.ts';

/** File systems in memory. Like a machine, it outlives the node, until it is restarted. */
export class FakeFileSystems implements FileSystemDriver {
  readonly mounted = new Map<string, MountMode>();
  /** Each preparing of a volume, oldest first. */
  readonly prepared: string[] = [];
  /** Volumes with something on them that is no file system. */
  readonly foreign = new Set<string>();

  pathOf = (volumeId: string): string => `/mounts/${volumeId}`;

  async mount(volumeId: string, _device: string, mode: MountMode): Promise<void> {
    this.#refuseForeign(volumeId);
    if (this.mounted.get(volumeId) !== 'rw') this.mounted.set(volumeId, mode);
  }

  async prepare(volumeId: string, _device: string, _mode: MountMode): Promise<FileSystemType> {
    if (this.mounted.has(volumeId)) throw conflict(`Volume ${volumeId} is mounted.`, { retryable: true });
    this.#refuseForeign(volumeId);
    this.prepared.push(volumeId);
    return 'ext4';
  }

  async unmount(volumeId: string): Promise<void> {
    this.mounted.delete(volumeId);
  }

  async list(): Promise<ReadonlyMap<string, MountMode>> {
    return new Map(this.mounted);
  }

  reboot(): void {
    this.mounted.clear();
  }

  #refuseForeign(volumeId: string): void {
    if (this.foreign.has(volumeId)) throw badRequest(`Volume ${volumeId} holds data, but no file system.`);
  }
}
