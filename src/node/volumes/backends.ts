import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { badRequest, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Entry } from '../objects.ts';
import type { VolumeBackend } from '../protocol.ts';

const GIB = 2 ** 30;

/** Where this node keeps volumes, by the name that volumes are asked for with. */
export type VolumeBackends = ReadonlyMap<string, VolumeDriver>;

/** Those that this machine can run, after what a crash left in them was taken away. */
export async function openBackends(all: VolumeBackends, log: Logger): Promise<VolumeBackends> {
  const usable = await Promise.all(
    [...all].map(async (backend) => ((await isUsable(backend, log)) ? [backend] : [])),
  );
  return new Map(usable.flat());
}

async function isUsable([name, driver]: [string, VolumeDriver], log: Logger): Promise<boolean> {
  try {
    const { usable, reason } = await driver.probe();
    if (!usable) throw new Error(reason);
    await driver.recover();
    return true;
  } catch (thrown) {
    log.error({ backend: name, why: messageOf(thrown) }, 'a volume backend cannot be used');
    return false;
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
