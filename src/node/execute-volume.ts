import type { FileSystemDriver } from '#drivers/filesystem/driver.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Handlers } from './execute.ts';
import type { Entry } from './objects.ts';
import { isGuestWritten } from './plan-mount.ts';
import type { VolumeAction } from './plan-volume.ts';
import { backendName, backendOf, findBackend } from './volumes/backends.ts';
import { Transfers, type TransferDeps } from './volumes/transfers.ts';
import type { World } from './world.ts';

const GIB = 2 ** 30;

/** What an attachment or copy is, its volume or control has: here it is only forgotten. */
export function volumeHandlers(
  world: World,
  deps: TransferDeps,
  fileSystems: FileSystemDriver,
): Pick<Handlers, VolumeAction['verb']> {
  const transfers = new Transfers(world, deps);
  const { backends } = deps;
  const driverOf = (entry: Entry) => backendOf(entry, backends);
  const orRefused = async (entry: Entry, wish: string, action: () => Promise<void>) => {
    try {
      await action();
    } catch (thrown) {
      if (!(thrown instanceof CloudError) || thrown.kind !== 'bad-request') throw thrown;
      world.setVolume(entry, { mounted: { refused: thrown.message, wish } });
    }
  };
  return {
    'fill-volume': (entry, { spec }, signal) => transfers.fill(entry, spec, signal),
    'grow-volume': async (entry, { size }) => {
      await driverOf(entry).ensureVolume(entry.id, size * GIB);
      world.setVolume(entry, { size });
    },
    'attach-volume': async (entry, { mode }) => {
      const { path } = await driverOf(entry).attach(entry.id, mode);
      world.setVolume(entry, { attached: { device: path, mode } });
    },
    'mount-volume': (entry, { device, mode, wish }) =>
      orRefused(entry, wish, async () => {
        await fileSystems.mount(entry.id, device, mode);
        world.setVolume(entry, { mounted: { mode } });
      }),
    'lend-volume': (entry, { device, mode, wish, lentTo }) =>
      orRefused(entry, wish, async () => {
        const fileSystem = await fileSystems.prepare(entry.id, device, mode);
        const mounted = { mode, lentTo, fileSystem };
        world.setVolume(entry, { mounted, ...(mode === 'rw' && { guestWritten: true }) });
      }),
    'unmount-volume': async (entry) => {
      await fileSystems.unmount(entry.id);
      world.setVolume(entry, { mounted: null });
    },
    'detach-volume': async (entry) => {
      await fileSystems.unmount(entry.id); // of a volume that nobody knew, say
      await driverOf(entry).detach(entry.id);
      world.setVolume(entry, { attached: null });
    },
    'remove-volume': async (entry) => {
      const driver = findBackend(entry, backends);
      await driver?.discardDraft(entry.id);
      await driver?.removeSnapshot(entry.id); // its own, should a crash have left it
      await driver?.removeVolume(entry.id);
      world.forget(entry);
    },
    'take-snapshot': async (entry, { volumeId }) => {
      await driverOf(entry).ensureSnapshot(entry.id, volumeId);
      const guestWritten = isGuestWritten({ volume: volumeId }, world);
      world.setVolume(entry, { taken: true, backend: backendName(entry), guestWritten });
    },
    'remove-snapshot': async (entry) => {
      await findBackend(entry, backends)?.removeSnapshot(entry.id);
      world.forget(entry);
    },
    'remove-attachment': async (entry) => world.forget(entry),
    'send-copy': (entry, { spec }, signal) => transfers.send(entry, spec, signal),
    'remove-copy': async (entry) => {
      await findBackend(entry, backends)?.removeSnapshot(entry.id);
      world.forget(entry);
    },
  };
}
