import type { VolumeDriver } from './driver.ts';
import { FileVolumeDriver, type FileVolumeOptions } from './file/driver.ts';

/** Where a node keeps volumes, as its configuration says: the driver, and what only that driver knows. */
export type VolumeBackendConfig = { readonly driver: 'file' } & FileVolumeOptions;

export type VolumeDriverName = VolumeBackendConfig['driver'];

/** Every volume driver that runs on a real machine, by the name that the configuration uses. */
export const volumeDrivers = {
  file: (options) => new FileVolumeDriver(options),
} satisfies {
  readonly [Name in VolumeDriverName]: (
    options: Extract<VolumeBackendConfig, { readonly driver: Name }>,
  ) => VolumeDriver;
};
