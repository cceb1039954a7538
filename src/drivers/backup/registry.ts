import type { BackupStore } from './driver.ts';
import { FolderBackupStore, type FolderBackupOptions } from './folder/driver.ts';

/** Where backups are kept, as the configuration says: by driver, what only that driver knows. */
export interface BackupStoreOptions {
  readonly folder: FolderBackupOptions;
}

/** Every backup store, by the name that the configuration uses. */
export const backupStores: {
  readonly [Name in keyof BackupStoreOptions]: (options: BackupStoreOptions[Name]) => BackupStore;
} = {
  folder: (options) => new FolderBackupStore(options),
};
