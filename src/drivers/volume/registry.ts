import type { VolumeDriver } from './driver.ts';
import { FileVolumeDriver, type FileVolumeOptions } from './file/driver.ts';
import { LvmVolumeDriver } from './lvm/driver.ts';
import type { LvmOptions } from './lvm/group.ts';

/** Where a node keeps volumes, as its configuration says: the driver, and what only that driver knows. */
export interface VolumeBackendOptions {
  readonly file: FileVolumeOptions;
  readonly lvm: LvmOptions;
}

export type VolumeDriverName = keyof VolumeBackendOptions;

/** Every volume driver that runs on a real machine, by the name that the configuration uses. */
export const volumeDrivers: {
  readonly [Name in VolumeDriverName]: (options: VolumeBackendOptions[Name]) => VolumeDriver;
} = {
  file: (options) => new FileVolumeDriver(options),
  lvm: (options) => new LvmVolumeDriver(options),
};
