import type { Handlers } from './execute.ts';
import type { Entry } from './objects.ts';
import type { VolumeAction } from './plan-volume.ts';
import { backendOf, findBackend } from './volumes/backends.ts';
import { Transfers, type TransferDeps } from './volumes/transfers.ts';
import type { World } from './world.ts';

const GIB = 2 ** 30;

/** What an attachment or copy is, its volume or control has: here it is only forgotten. */
export function volumeHandlers(world: World, deps: TransferDeps): Pick<Handlers, VolumeAction['verb']> {
  const transfers = new Transfers(world, deps);
  const { backends } = deps;
  const driverOf = (entry: Entry) => backendOf(entry, backends);
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
    'detach-volume': async (entry) => {
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
      const driver = driverOf(entry);
      await driver.ensureSnapshot(entry.id, volumeId);
      world.setVolume(entry, { taken: true, backend: driver.name });
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
