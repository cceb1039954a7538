import type { MountedDevice } from '#drivers/runtime/driver.ts';
import type { VolumeSourceRef } from '#drivers/volume/driver.ts';
import {
  isContainer,
  isUp,
  lentDisk,
  NO_FACTS,
  volumesOf,
  type Entry,
  type VolumeFacts,
  type WorldView,
} from './objects.ts';
import type { Step } from './plan.ts';
import type { ContainerSpec } from './protocol.ts';

interface Mounting {
  readonly device: string;
  readonly mode: 'rw' | 'ro';
  readonly wish: string;
}

export type MountAction =
  | (Mounting & { readonly verb: 'mount-volume' })
  | (Mounting & {
      readonly verb: 'lend-volume';
      /** The container that has it as a disk. */
      readonly lentTo: string;
    })
  | { readonly verb: 'unmount-volume' };

/**
 * A volume's file system is mounted while a container on this node has it, down to the last that is still being removed; or made ready for
 * the one that has it as a disk. Law: never both, and never mounted here what a container's own machine could write to.
 * @param isLent whether any attachment of the volume is wanted
 */
export function planMount(entry: Entry, isLent: boolean, world: WorldView): Step<MountAction> | undefined {
  const { attached, mounted = null } = entry.facts.volume;
  const all = holdersOf(entry.id, world);
  const disk = diskHolder(entry, all, world);
  if (mustLetGo(entry.facts.volume, all, disk)) return { do: { verb: 'unmount-volume' } };
  const holders = disk ? [disk] : all.filter((holder) => !takesDisk(holder, world));
  const wish = wishOf(holders);
  if (!attached || !isLent || wish === '' || (!disk && entry.facts.volume.guestWritten)) return undefined;
  const mode = disk && !writes(disk, entry.id) ? 'ro' : attached.mode;
  if (mounted && ('refused' in mounted ? mounted.wish === wish : isEnough(mounted.mode, mode)))
    return undefined;
  if (disk && isUp(disk.facts.workload.state)) return undefined; // what runs stays what it was made from
  const mounting = { device: attached.device, mode, wish };
  return disk
    ? { do: { verb: 'lend-volume', ...mounting, lentTo: disk.id } }
    : { do: { verb: 'mount-volume', ...mounting } };
}

/** Containers that have it in their file system, also those that are not gone yet. */
export const holdersOf = (volumeId: string, world: WorldView): Entry[] =>
  world
    .entries()
    .filter((entry) => volumesOf(entry).includes(volumeId))
    .toArray();

/** What was refused is tried again when somebody wishes it anew. */
const wishOf = (holders: readonly Entry[]): string =>
  holders
    .filter(({ wanted }) => wanted)
    .map(({ id, desired }) => `${id}:${desired?.generation}`)
    .join();

const takesDisk = (container: Entry, world: WorldView): boolean =>
  isContainer(container) && world.takesDisks(container.desired?.spec.runtime ?? '');

/** Not the attachment tells: others' may be writable. */
const writes = ({ desired }: Entry, volumeId: string): boolean =>
  desired?.kind === 'container' &&
  (desired.spec.mounts ?? []).some(
    (mount) => mount.kind === 'volume' && mount.volumeId === volumeId && !mount.readOnly,
  );

/** Who has it as a disk, or shall: who has it keeps it, and while it runs, whatever it shall be; else the first that wants it decides. */
function diskHolder(
  { facts: { volume } }: Entry,
  holders: readonly Entry[],
  world: WorldView,
): Entry | undefined {
  const holder = world.find('container', lentDisk(volume)?.lentTo ?? '');
  const isStill = holder && holders.includes(holder) && takesDisk(holder, world);
  if (holder && (isStill || isUp(holder.facts.workload.state))) return holder;
  const others = holders.filter((other) => !takesDisk(other, world));
  if (isMountedHere(volume) && others.length > 0) return undefined;
  const first = holders.find((one) => one.wanted && !(volume.guestWritten && others.includes(one)));
  return first && takesDisk(first, world) ? first : undefined;
}

const isMountedHere = (volume: VolumeFacts): boolean =>
  volume.mounted !== null && 'mode' in (volume.mounted ?? {}) && lentDisk(volume) === null;

function mustLetGo(volume: VolumeFacts, holders: readonly Entry[], disk: Entry | undefined): boolean {
  const lent = lentDisk(volume);
  if (lent) return disk?.id !== lent.lentTo;
  return (volume.mounted && holders.length === 0) || (isMountedHere(volume) && disk !== undefined);
}

interface Trouble {
  readonly reason: string;
  /** Whether waiting is in vain. */
  readonly final: boolean;
}

/** Why a container cannot have its volumes yet, and whether it never will; null = it has them all. */
export function mountTrouble(spec: ContainerSpec, world: WorldView): Trouble | null {
  for (const mount of spec.mounts ?? []) {
    if (mount.kind !== 'volume') continue;
    const volume = world.find('volume', mount.volumeId);
    const sharing = volume && sharingTrouble(spec, volume, world);
    if (sharing) return sharing;
    const mounted = volume?.facts.volume.mounted ?? null;
    if (mounted && 'refused' in mounted) return { reason: mounted.refused, final: true };
    const isHad = mounted && 'lentTo' in mounted === world.takesDisks(spec.runtime);
    if (isHad && isEnough(mounted.mode, mount.readOnly ? 'ro' : 'rw')) continue;
    const why = volume?.failure ? `: ${volume.failure.reason}` : '';
    return { reason: `waiting for its volume ${mount.volumeId}${why}`, final: false };
  }
  return null;
}

/** One that has it as a disk has it alone. Who is being removed is waited for. */
function sharingTrouble({ id, runtime }: ContainerSpec, volume: Entry, world: WorldView): Trouble | null {
  const isDisk = world.takesDisks(runtime);
  if (volume.facts.volume.guestWritten && !isDisk)
    return {
      reason: `The volume ${volume.id} was written to by a container that is a machine of its own: the runtime ${runtime} cannot mount it.`,
      final: true,
    };
  const all = holdersOf(volume.id, world);
  const disk = diskHolder(volume, all, world);
  const inTheWay = disk ? (disk.id === id ? [] : [disk]) : isDisk ? all.filter((one) => one.id !== id) : [];
  if (inTheWay.length === 0) return null;
  const reason = `The volume ${volume.id} is in use by another container, and a container that is a machine of its own cannot share it.`;
  return inTheWay.some(({ wanted }) => wanted)
    ? { reason, final: true }
    : {
        reason: `waiting for its volume ${volume.id}: another container is still being removed`,
        final: false,
      };
}

/** A volume as the disk of whoever it is lent to. */
export function diskOf(volumeId: string, world: WorldView): MountedDevice {
  const facts = world.find('volume', volumeId)?.facts.volume ?? NO_FACTS.volume;
  const lent = lentDisk(facts);
  if (!facts.attached || !lent) throw new Error('A workload was planned before its disk was there.');
  return { path: facts.attached.device, fileSystem: lent.fileSystem };
}

/** Tells whether a workload was made for these devices: they may have other names, and others theirs, when they come back. */
export function disksOf(spec: Pick<ContainerSpec, 'runtime' | 'mounts'>, world: WorldView): string {
  if (!world.takesDisks(spec.runtime)) return '';
  const ids = (spec.mounts ?? []).flatMap((mount) => (mount.kind === 'volume' ? mount.volumeId : []));
  return ids.length === 0 ? '' : JSON.stringify(ids.map((id) => diskOf(id, world)));
}

/** Whether a container's own machine could write what is read from there. */
export function isGuestWritten(source: VolumeSourceRef | null, world: WorldView): boolean {
  if (source === null) return false;
  const entry =
    'volume' in source ? world.find('volume', source.volume) : world.find('snapshot', source.snapshot);
  return entry?.facts.volume.guestWritten ?? false;
}

const isEnough = (has: 'rw' | 'ro', wants: 'rw' | 'ro'): boolean => has === 'rw' || wants === 'ro';
