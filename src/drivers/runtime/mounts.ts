import type { DeviceMount, DirectoryMount, WorkloadSpec } from './driver.ts';

/** For a driver that binds what it mounts. A device is given to those alone that say that they take any. */
export function directoriesOf({ mounts = [] }: Pick<WorkloadSpec, 'mounts'>): readonly DirectoryMount[] {
  return mounts.map((mount) => {
    if ('device' in mount)
      throw new Error(`A device was given to a runtime without disks: ${mount.device.path}.`);
    return mount;
  });
}

/** For a driver with `disks`. */
export function devicesOf({ mounts = [] }: Pick<WorkloadSpec, 'mounts'>): readonly DeviceMount[] {
  return mounts.map((mount) => {
    if ('source' in mount) throw new Error(`A directory was given to a runtime with disks: ${mount.source}.`);
    return mount;
  });
}
