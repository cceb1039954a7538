import type { DeviceMount } from '../driver.ts';
import type { Records } from './agent/records.ts';
import type { MachineDisk } from './machine/arguments.ts';

export interface MachineVolumes {
  /** One for each device, however often it is mounted. */
  readonly disks: readonly MachineDisk[];
  /** For the agent: `volume=<type>;<ro|rw>` for each disk, then `mount=<its number>;<ro|rw>;<subpath>;<destination>`, outer ones first. */
  readonly records: Records;
}

/** What a machine has of the volumes of its workload. Pure. */
export function machineVolumes(mounts: readonly DeviceMount[]): MachineVolumes {
  const devices = [...new Map(mounts.map(({ device }) => [device.path, device])).values()];
  const isFixed = (path: string) => mounts.every(({ device, readOnly }) => device.path !== path || readOnly);
  const numberOf = (path: string) => devices.findIndex((device) => device.path === path);
  return {
    disks: devices.map(({ path }) => ({ file: path, readOnly: isFixed(path), isDevice: true })),
    records: [
      ...devices.map(({ path, fileSystem }) => ['volume', `${fileSystem};${access(isFixed(path))}`] as const),
      ...mounts
        .toSorted((a, b) => depth(a.destination) - depth(b.destination))
        .map(({ device, destination, readOnly }) => {
          const words = [numberOf(device.path), access(readOnly), device.subpath ?? '', destination];
          return ['mount', words.join(';')] as const;
        }),
    ],
  };
}

const access = (readOnly: boolean): string => (readOnly ? 'ro' : 'rw');
const depth = (path: string): number => path.split('/').filter((part) => part !== '').length;
