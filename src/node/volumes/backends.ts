import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { badRequest, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Entry } from '../objects.ts';
import type { VolumeBackend } from '../protocol.ts';

const GIB = 2 ** 30;

/** Where this node keeps volumes: the drivers that this machine can run, by name. */
export type VolumeBackends = ReadonlyMap<string, VolumeDriver>;

/** Those that work, after what a crash left in them was taken away. */
export async function openBackends(drivers: readonly VolumeDriver[], log: Logger): Promise<VolumeBackends> {
  const usable = await Promise.all(drivers.map((driver) => open(driver, log)));
  return new Map(usable.filter((driver) => driver !== null).map((driver) => [driver.name, driver]));
}

async function open(driver: VolumeDriver, log: Logger): Promise<VolumeDriver | null> {
  const { usable, reason } = await driver.probe();
  try {
    if (!usable) throw new Error(reason);
    await driver.recover();
    return driver;
  } catch (thrown) {
    log.error({ backend: driver.name, why: messageOf(thrown) }, 'a volume backend cannot be used');
    return null;
  }
}

/** One whose capacity cannot be told has none. */
export const describeBackends = (backends: VolumeBackends): Promise<VolumeBackend[]> =>
  Promise.all(
    [...backends].map(async ([name, driver]) => {
      const capacity = await driver.capacity().catch(() => ({ total: 0, free: 0, thin: false }));
      return {
        name,
        total: Math.floor(capacity.total / GIB),
        free: Math.floor(capacity.free / GIB),
        thin: capacity.thin,
      };
    }),
  );

/** Of a volume, snapshot or copy: where it was found or made, or else shall be; undefined when that is not on this machine. */
export function findBackend({ facts, desired }: Entry, backends: VolumeBackends): VolumeDriver | undefined {
  const spec = desired && 'backend' in desired.spec ? desired.spec : null;
  return backends.get(facts.volume.backend ?? spec?.backend ?? '');
}

/** @throws CloudError `bad-request` for a backend that this machine does not have. */
export function backendOf(entry: Entry, backends: VolumeBackends): VolumeDriver {
  const driver = findBackend(entry, backends);
  if (!driver) throw badRequest('This machine does not have the volume backend that is asked for.');
  return driver;
}
