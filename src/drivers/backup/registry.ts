import type { BackupStore } from './driver.ts';
import { FolderBackupStore, type FolderBackupOptions } from './folder/driver.ts';

/** Where backups are kept, as the configuration says: the driver, and what only that driver knows. */
export type BackupStoreConfig = { readonly driver: 'folder' } & FolderBackupOptions;

/** Every backup store, by the name that the configuration uses. */
export const backupStores = {
  folder: (options) => new FolderBackupStore(options),
} satisfies Record<BackupStoreConfig['driver'], (options: BackupStoreConfig) => BackupStore>;
