import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeSourceRef } from '../driver.ts';

const RAW = '.raw';
const PART = '.part';
const FOLDERS = ['volumes', 'snapshots', 'drafts'] as const;

type Folder = (typeof FOLDERS)[number];

/**
 * Where things are: `volumes/<id>.raw`, `drafts/<id>.raw`, `snapshots/<id>.<volume>.raw` (so that one rename tells both
 * ids). What ends in `.part` is not whole yet.
 */
export class Layout {
  #root: string;

  constructor(directory: string) {
    this.#root = directory;
  }

  /** Makes the folders, follows links once and for all, and removes what is not whole. */
  async recover(): Promise<void> {
    for (const folder of FOLDERS) await mkdir(this.folder(folder), { recursive: true, mode: 0o700 });
    this.#root = await realpath(this.#root); // the kernel names files so
    for (const folder of FOLDERS)
      for (const name of await readdir(this.folder(folder)))
        if (name.endsWith(PART)) await rm(join(this.folder(folder), name));
  }

  get root(): string {
    return this.#root;
  }

  folder(folder: Folder): string {
    return join(this.#root, folder);
  }

  volume(id: string): string {
    return join(this.folder('volumes'), id + RAW);
  }

  draft(id: string): string {
    return join(this.folder('drafts'), id + RAW);
  }

  snapshot(id: string, volumeId: string): string {
    return join(this.folder('snapshots'), `${id}.${volumeId}${RAW}`);
  }

  async findSnapshot(id: string): Promise<string | undefined> {
    const found = (await this.snapshots()).find((snapshot) => snapshot.id === id);
    return found && this.snapshot(found.id, found.volumeId);
  }

  find(source: VolumeSourceRef): Promise<string | undefined> | string {
    return 'volume' in source ? this.volume(source.volume) : this.findSnapshot(source.snapshot);
  }

  async snapshots(): Promise<{ id: string; volumeId: string }[]> {
    return (await this.ids('snapshots')).map((name) => {
      const [id = '', volumeId = ''] = name.split('.');
      return { id, volumeId };
    });
  }

  /** Names of what is whole, without their ending. */
  async ids(folder: Folder): Promise<string[]> {
    const names = await readdir(this.folder(folder));
    return names.filter((name) => name.endsWith(RAW)).map((name) => name.slice(0, -RAW.length));
  }
}

/** Where a file is while it is not whole. */
export const partOf = (path: string): string => path + PART;
