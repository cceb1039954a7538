import type { BackupManifest, BackupStore } from '#drivers/backup/driver.ts';
import { notFound, unavailable } from '#kernel/errors.ts';

/** Manifests in memory; pieces are nobody's business. */
export class FakeBackups implements BackupStore {
  readonly name = 'fake';
  readonly manifests = new Map<string, BackupManifest>();
  away = false;
  sweeps = 0;

  async missing(): Promise<string[]> {
    return [];
  }

  async put(): Promise<void> {}

  async get(digest: string): Promise<Uint8Array> {
    throw notFound(`No piece ${digest}.`);
  }

  async putManifest(id: string, manifest: BackupManifest): Promise<void> {
    this.manifests.set(id, manifest);
  }

  async getManifest(id: string): Promise<BackupManifest> {
    const found = this.manifests.get(id);
    if (!found) throw notFound(`No backup ${id}.`);
    return found;
  }

  async verify(): Promise<string[]> {
    return [];
  }

  async remove(id: string): Promise<void> {
    if (this.away) throw unavailable('The backups are away.');
    this.manifests.delete(id);
  }

  async sweep(): Promise<void> {
    if (this.away) throw unavailable('The backups are away.');
    this.sweeps += 1;
  }

  async list(): Promise<string[]> {
    return [...this.manifests.keys()];
  }
}
