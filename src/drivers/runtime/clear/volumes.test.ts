import { expect, it } from 'vitest';
import type { DeviceMount } from '../driver.ts';
import { machineVolumes } from './volumes.ts';

const mount = (path: string, destination: string, changes: Partial<DeviceMount> = {}): DeviceMount => ({
  device: { path, fileSystem: 'ext4' },
  destination,
  readOnly: false,
  ...changes,
});

it('gives one disk for each device, which can be written where any mount of it can', () => {
  const { disks, records } = machineVolumes([
    mount('/dev/a', '/data', { readOnly: true }),
    mount('/dev/b', '/fixed', { readOnly: true, device: { path: '/dev/b', fileSystem: 'xfs' } }),
    mount('/dev/a', '/again'),
  ]);
  expect(disks).toEqual([
    { file: '/dev/a', readOnly: false, isDevice: true },
    { file: '/dev/b', readOnly: true, isDevice: true },
  ]);
  expect(records.slice(0, 2)).toEqual([
    ['volume', 'ext4;rw'],
    ['volume', 'xfs;ro'],
  ]);
});

it('mounts outer folders first, each with its own access', () => {
  const inner = mount('/dev/a', '/data/inner', {
    device: { path: '/dev/a', fileSystem: 'ext4', subpath: 'x/y' },
  });
  const { records } = machineVolumes([inner, mount('/dev/b', '/data', { readOnly: true })]);
  expect(records.filter(([name]) => name === 'mount').map(([, value]) => value)).toEqual([
    '1;ro;;/data',
    '0;rw;x/y;/data/inner',
  ]);
});
