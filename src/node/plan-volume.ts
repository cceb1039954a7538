import type { AttachMode, VolumeSourceRef } from '#drivers/volume/driver.ts';
import {
  isAttachment,
  isCopy,
  isSnapshot,
  isVolume,
  lentDisk,
  type Entry,
  type VolumeFacts,
  type WorldView,
} from './objects.ts';
import { holdersOf, planMount, type MountAction } from './plan-mount.ts';
import type { Step } from './plan.ts';
import type { CopySpec, VolumeSource, VolumeSpec } from './protocol.ts';

export type VolumeAction =
  | MountAction
  | { readonly verb: 'fill-volume'; readonly spec: VolumeSpec }
  | { readonly verb: 'grow-volume'; readonly size: number }
  | { readonly verb: 'attach-volume'; readonly mode: AttachMode }
  | { readonly verb: 'detach-volume' }
  | { readonly verb: 'remove-volume' }
  | { readonly verb: 'take-snapshot'; readonly volumeId: string }
  | { readonly verb: 'remove-snapshot' }
  | { readonly verb: 'remove-attachment' }
  | { readonly verb: 'send-copy'; readonly spec: CopySpec }
  | { readonly verb: 'remove-copy' };

type VolumeStep = Step<VolumeAction>;
type Wish = Pick<Entry, 'desired' | 'facts'>;

/** A volume's next step. Laws: no content changes under a user's hands; nothing goes that something else is still read from. */
export function planVolume(entry: Entry, world: WorldView): VolumeStep {
  const { desired, wanted, facts } = entry;
  if (!wanted) return planRemoval(entry, world);
  if (desired?.kind !== 'volume') return { settled: true };
  const { spec } = desired;
  const mode = wantedMode(entry.id, world);
  return (
    planMount(entry, mode !== null, world) ??
    planAttaching(entry, mode, world) ??
    planGrowth(spec, facts.volume) ??
    planContent(entry, spec, world) ?? { settled: true }
  );
}

/** Attached once for all who want it. One that wants to write wins; when it goes, the rest keep what they have. */
function planAttaching(entry: Entry, mode: AttachMode | null, world: WorldView): VolumeStep | undefined {
  const { attached, revision } = entry.facts.volume;
  if (mode === null) return attached ? planDetaching(entry, world) : undefined;
  const isEnough = attached !== null && !(mode === 'rw' && attached.mode === 'ro');
  const mayBegin = attached !== null || (revision > 0 && !isContentDue(entry));
  return isEnough || !mayBegin ? undefined : { do: { verb: 'attach-volume', mode } };
}

/** Not from under a container: its removal comes first. */
const planDetaching = ({ id, facts }: Entry, world: WorldView): VolumeStep =>
  holdersOf(id, world).length === 0 && lentDisk(facts.volume) === null
    ? { do: { verb: 'detach-volume' } }
    : { wait: 'waiting for its containers to go' };

const planGrowth = (spec: VolumeSpec, { revision, size }: VolumeFacts): VolumeStep | undefined =>
  revision > 0 && size < spec.size ? { do: { verb: 'grow-volume', size: spec.size } } : undefined;

function planContent(entry: Entry, spec: VolumeSpec, world: WorldView): VolumeStep | undefined {
  const { attached, refused, revision } = entry.facts.volume;
  if (revision >= spec.content.revision) return undefined;
  if (!isContentDue(entry)) return { wait: refused?.reason ?? '' };
  if (attached) return { wait: 'waiting until it is detached' };
  const wait = whyNotReadable(sourceRef(spec.content.source), world);
  return wait === null ? { do: { verb: 'fill-volume', spec } } : { wait };
}

function planRemoval(entry: Entry, world: WorldView): VolumeStep {
  const { id, facts } = entry;
  if (wantedMode(id, world) !== null) return { wait: 'waiting for its attachments to go' };
  const mounting = planMount(entry, false, world);
  if (mounting) return mounting;
  if (facts.volume.attached) return planDetaching(entry, world);
  const wait = readers({ volume: id }, world) ?? snapshots(id, world);
  return wait === undefined ? { do: { verb: 'remove-volume' } } : { wait };
}

export function planSnapshot(entry: Entry, world: WorldView): VolumeStep {
  const { desired, wanted, facts } = entry;
  if (!wanted) {
    const wait = readers({ snapshot: entry.id }, world);
    return wait === undefined ? { do: { verb: 'remove-snapshot' } } : { wait };
  }
  if (desired?.kind !== 'snapshot' || facts.volume.taken) return { settled: true };
  const { volumeId } = desired.spec;
  const isMade = (world.find('volume', volumeId)?.facts.volume.revision ?? 0) > 0;
  return isMade ? { do: { verb: 'take-snapshot', volumeId } } : { wait: 'waiting for its volume' };
}

/** Its volume does the work. One that is to go goes when the volume is detached, or at once while others have it too. */
export function planAttachment({ desired, wanted }: Entry, world: WorldView): VolumeStep {
  if (desired?.kind !== 'attachment')
    return wanted ? { settled: true } : { do: { verb: 'remove-attachment' } };
  const { volumeId } = desired.spec;
  const volume = world.find('volume', volumeId);
  if (!wanted) {
    const isFree = !volume?.facts.volume.attached || wantedMode(volumeId, world) !== null;
    return isFree ? { do: { verb: 'remove-attachment' } } : { wait: 'waiting for its volume to be detached' };
  }
  if (deviceOf(desired.spec, world) !== null) return { settled: true };
  const why = volume?.failure?.reason ?? volume?.facts.volume.refused?.reason;
  return { wait: why === undefined ? 'waiting for its volume' : `waiting for its volume: ${why}` };
}

export function planCopy({ desired, wanted, facts }: Entry, world: WorldView): VolumeStep {
  if (!wanted) return { do: { verb: 'remove-copy' } };
  if (desired?.kind !== 'copy' || facts.volume.copied) return { settled: true };
  const wait = whyNotReadable(desired.spec.from, world);
  return wait === null ? { do: { verb: 'send-copy', spec: desired.spec } } : { wait };
}

/** The device that an attachment is, once its volume is attached as it asks for. */
export function deviceOf(
  { volumeId, mode }: { readonly volumeId: string; readonly mode: AttachMode },
  world: WorldView,
): string | null {
  const attached = world.find('volume', volumeId)?.facts.volume.attached;
  return attached && (mode === 'ro' || attached.mode === 'rw') ? attached.device : null;
}

/** Whether a revision is to be filled in: not in force, and not refused already. */
export function isContentDue({ desired, facts: { volume } }: Wish): boolean {
  if (desired?.kind !== 'volume') return false;
  return volume.revision < desired.spec.content.revision && volume.refused?.generation !== desired.generation;
}

/** On this node; null for what comes from elsewhere. */
export function sourceRef(source: VolumeSource): VolumeSourceRef | null {
  if (source.kind === 'volume') return { volume: source.id };
  return source.kind === 'snapshot' ? { snapshot: source.id } : null;
}

/** Something that was never sent here is not waited for in vain: the wait ends when it comes. */
function whyNotReadable(ref: VolumeSourceRef | null, world: WorldView): string | null {
  if (ref === null) return null;
  if ('snapshot' in ref)
    return world.find('snapshot', ref.snapshot)?.facts.volume.taken ? null : 'waiting for its snapshot';
  const volume = world.find('volume', ref.volume);
  const isWhole = volume && volume.facts.volume.revision > 0 && !isContentDue(volume);
  return isWhole ? null : 'waiting for the volume that it is made from';
}

function wantedMode(volumeId: string, world: WorldView): AttachMode | null {
  const modes = world
    .entries()
    .filter(isAttachment)
    .flatMap(({ wanted, desired }) =>
      wanted && desired?.spec.volumeId === volumeId ? [desired.spec.mode] : [],
    )
    .toArray();
  if (modes.length === 0) return null;
  return modes.includes('rw') ? 'rw' : 'ro';
}

/** Who is still to read from it, in words. */
function readers(ref: VolumeSourceRef, world: WorldView): string | undefined {
  for (const entry of world.entries()) {
    if (isCopy(entry) && !entry.facts.volume.copied && isSame(entry.desired?.spec.from ?? null, ref))
      return 'waiting for copies of it to end';
    if (isVolume(entry) && entry.wanted && entry.desired && isContentDue(entry))
      if (isSame(sourceRef(entry.desired.spec.content.source), ref))
        return 'waiting for the volumes that are made from it';
  }
  return undefined;
}

const snapshots = (volumeId: string, world: WorldView): string | undefined =>
  world.entries().some((entry) => isSnapshot(entry) && entry.desired?.spec.volumeId === volumeId)
    ? 'waiting for its snapshots to go'
    : undefined;

const isSame = (a: VolumeSourceRef | null, b: VolumeSourceRef): boolean =>
  a !== null && JSON.stringify(a) === JSON.stringify(b);
