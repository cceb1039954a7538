import type { FileSystemDriver } from '#drivers/filesystem/driver.ts';
import type { NetworkDriver } from '#drivers/network/driver.ts';
import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { DesiredStore } from './desired-store.ts';
import { isContainer, isVolume, lentDisk, type Entry } from './objects.ts';
import type { VolumeBackends } from './volumes/backends.ts';
import type { SecretFiles } from './secret-files.ts';
import { recovered } from './workload-facts.ts';
import type { World } from './world.ts';

export interface RecoveryDeps {
  readonly world: World;
  readonly store: DesiredStore;
  readonly runtimes: ReadonlyMap<string, RuntimeDriver>;
  readonly network: NetworkDriver;
  readonly backends: VolumeBackends;
  readonly fileSystems: FileSystemDriver;
  readonly secrets: SecretFiles;
  /** Of this start of the machine. */
  readonly bootId: string;
  readonly log: Logger;
}

const LAST_BOOT = 'boot-id';

/** Compares what the node remembers with what the machine has, before it does anything. */
export async function recoverWorld(deps: RecoveryDeps): Promise<void> {
  const { world, store, bootId } = deps;
  const sameBoot = store.readNote(LAST_BOOT) === bootId;
  await recoverNetwork(deps);
  await recoverVolumes(deps);
  await recoverMounts(deps, sameBoot);
  await deps.secrets.sweep((id) => world.find('container', id) !== undefined);
  const containers = [...world.entries()].filter(isContainer);
  await Promise.all(containers.map((entry) => recoverWorkload(deps, entry, sameBoot)));
  store.writeNote(LAST_BOOT, bootId);
}

/** A workload that was made in an earlier life of the machine lacks its mounts: it is made again, then started. */
async function recoverWorkload(deps: RecoveryDeps, entry: Entry, sameBoot: boolean): Promise<void> {
  const { handle, kept } = entry.facts.workload;
  if (kept && !sameBoot) deps.world.setWorkload(entry, { kept: { ...kept, made: null } });
  if (!handle) return;
  const driver = deps.runtimes.get(handle.runtime);
  try {
    if (!driver) throw new Error(`This machine has no runtime '${handle.runtime}' any more.`);
    const state = await driver.recover(handle);
    const facts = recovered(entry.facts.workload, state, sameBoot);
    deps.world.setWorkload(entry, sameBoot ? facts : { ...facts, made: null });
  } catch (thrown) {
    deps.log.error({ id: entry.id, why: messageOf(thrown) }, 'a workload cannot be recovered');
  }
}

/** Links and namespaces that are still there stay; what has processes or tables behind it is ensured anew. */
async function recoverNetwork({ world, network }: RecoveryDeps): Promise<void> {
  const inventory = await network.inspect();
  const kept = { port: new Set(inventory.ports), sandbox: new Set(inventory.sandboxes) };
  for (const entry of world.entries()) {
    const { kind, id, facts } = entry;
    if (kind === 'container' || facts.applied === null) continue;
    const stays = (kind === 'port' || kind === 'sandbox') && kept[kind].has(id);
    if (!stays) world.setFacts(entry, { applied: null, netns: null });
  }
}

/** What is attached, the machine tells; how, the node remembers, or takes the lesser. What is in a volume, only the node knows. */
export async function recoverVolumes({
  world,
  backends,
  log,
}: Pick<RecoveryDeps, 'world' | 'backends' | 'log'>): Promise<void> {
  for (const [name, driver] of backends) {
    try {
      const { volumes } = await driver.list();
      const devices = new Map(volumes.map(({ id, device }) => [id, device]));
      for (const entry of [...world.entries()].filter(isVolume)) {
        const { attached, backend } = entry.facts.volume;
        if (backend !== name) continue;
        const device = devices.get(entry.id) ?? null;
        if (device === (attached?.device ?? null)) continue;
        world.setVolume(entry, { attached: device === null ? null : { device, mode: 'ro' } });
      }
    } catch (thrown) {
      log.error({ backend: name, why: messageOf(thrown) }, 'what is attached cannot be told');
    }
  }
}

/** What is mounted, the machine tells alone. What a container has as a disk, it may have still, if the machine was up since. */
async function recoverMounts({ world, fileSystems }: RecoveryDeps, sameBoot: boolean): Promise<void> {
  const modes = await fileSystems.list();
  for (const entry of [...world.entries()].filter(isVolume)) {
    const mode = modes.get(entry.id);
    const { volume } = entry.facts;
    if (!mode && lentDisk(volume) && volume.attached && sameBoot) continue;
    if (mode || volume.mounted) world.setVolume(entry, { mounted: mode ? { mode } : null });
  }
}
