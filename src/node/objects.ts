import {
  ABSENT,
  type MountedDevice,
  type RuntimeHandle,
  type WorkloadState,
} from '#drivers/runtime/driver.ts';
import type { AttachMode } from '#drivers/volume/driver.ts';
import type { PinnedImage } from './images.ts';
import type { Healthcheck } from '#oci/image-config.ts';
import type { ContainerReport, DesiredKind, DesiredObject, HealthReport, VolumeReport } from './protocol.ts';

/** What the node works on: what control desires, and the sandboxes that follow from it. */
export type LocalKind = DesiredKind | 'sandbox';

/** `port:<uuid>`: the unit of planning; actions on one key never overlap. */
export type Key = `${LocalKind}:${string}`;

export const keyOf = (kind: LocalKind, id: string): Key => `${kind}:${id}`;

/** Address groups are set whole, in one atomic change: all of them are planned under this one key. */
export const GROUPS: Key = 'group:*';
/** Likewise the ports on other machines. */
export const REMOTES: Key = 'remote:*';

export function planKey(kind: LocalKind, id: string): Key {
  if (kind === 'group') return GROUPS;
  return kind === 'remote' ? REMOTES : keyOf(kind, id);
}

/** One thing as it should be and as it was last seen. */
export interface Entry<D extends DesiredObject = DesiredObject> {
  readonly kind: LocalKind;
  readonly id: string;
  /** As control last sent it; null for a sandbox, and for what was found on the machine and is nobody's. */
  readonly desired: D | null;
  /** Whether it should exist. One that should not is kept, with its spec, until it is gone. */
  readonly wanted: boolean;
  readonly facts: Facts;
  /** What happened to the last action. Forgotten at a restart of the node: then it is tried again. */
  readonly failure: Failure | null;
  /** What an action says about its progress: `pulling image: 40 %`. */
  readonly note: string | null;
}

/** What is remembered over restarts of the node. */
export interface Facts {
  /** Generation in force on the machine; null = not made, or not known to be whole. */
  readonly applied: number | null;
  /** Of a sandbox: path of its network namespace. */
  readonly netns: string | null;
  /** Of a container; of an image, what tells of its image. */
  readonly workload: WorkloadFacts;
  /** Of a volume, snapshot or copy. An attachment has no facts of its own: it is its volume's. */
  readonly volume: VolumeFacts;
}

export interface VolumeFacts {
  /** Where it is kept; null = where its spec says, if anywhere. */
  readonly backend: string | null;
  /** Of the content that is in the volume; 0 = there is no volume yet. */
  readonly revision: number;
  /** GiB. */
  readonly size: number;
  /** The last filling that cannot succeed, and the generation that asked for it. */
  readonly refused: { readonly generation: number; readonly reason: string } | null;
  readonly attached: { readonly device: string; readonly mode: AttachMode } | null;
  /**
   * Its file system: mounted on this machine; made ready for the one container that has the device in a machine of its own; or why it cannot
   * be had by those who wished it. Absent in what older nodes wrote.
   */
  readonly mounted?:
    | { readonly mode: AttachMode }
    | LentDisk
    | { readonly refused: string; readonly wish: string }
    | null;
  /**
   * Whether a container's own machine could write to the device, or to what this was copied from: then this machine's kernel mounts it no
   * more, whatever it holds. Absent = no.
   */
  readonly guestWritten?: boolean;
  /** Whether the snapshot is there. */
  readonly taken: boolean;
  /** Of a copy that is done. */
  readonly copied: VolumeReport['copied'];
}

/** A volume that one container has as a disk. */
export interface LentDisk {
  readonly mode: AttachMode;
  /** The container's id. */
  readonly lentTo: string;
  readonly fileSystem: MountedDevice['fileSystem'];
}

export const lentDisk = ({ mounted }: VolumeFacts): LentDisk | null =>
  mounted && 'lentTo' in mounted ? mounted : null;

export interface WorkloadFacts {
  readonly handle: RuntimeHandle | null;
  /** What `handle` was made from; see `fingerprint`. null = the making never ended. */
  readonly made: Fingerprint | null;
  /** Name of the image that was fetched; see `imageName`. */
  readonly image: string | null;
  /**
   * What a registry's reference was found to mean when the container was made: it is the same after restarts. Absent in
   * what older nodes wrote.
   */
  readonly pinned?: Pick<PinnedImage, 'reference' | 'digest'> | null;
  readonly imageConfig: ContainerReport['image'];
  readonly state: WorkloadState;
  /** Of the user's last start that was carried out. */
  readonly epoch: number;
  /**
   * A start that is due, written down before it is tried. It is done once the workload was started at another time than
   * `startedAt`: so that neither a crash in between nor a reboot of the machine loses or doubles a start.
   */
  readonly owes: { readonly epoch: number; readonly startedAt: string | null } | null;
  /** Starts by the restart policy in this epoch. */
  readonly restarts: number;
  /** Those in a row whose run was short: the exponent of the back-off. */
  readonly shortRuns: number;
  /** The image's own health check. Absent in what older nodes wrote, as all below. */
  readonly imageHealth?: Healthcheck | null;
  /** What probes have shown. */
  readonly health?: HealthFacts | null;
  /** The image of a revision to come, fetched while the old one still runs; see `ContainerSpec.keepsOld`. */
  readonly ahead?: ImageFacts | null;
  /** The ports that a workload which has to be told of them knows of. */
  readonly ports?: string;
  /** The revision before, stopped, to which there is a way back. */
  readonly kept?: KeptWorkload | null;
}

export interface HealthFacts {
  /** Of the run that it is about: of another, nothing is known. */
  readonly startedAt: string;
  readonly probes: HealthReport['probes'];
}

/** What is known of a fetched image; see `WorkloadFacts`. */
export type ImageFacts = Pick<WorkloadFacts, 'image' | 'pinned' | 'imageConfig' | 'imageHealth'>;

export interface KeptWorkload extends ImageFacts {
  readonly handle: RuntimeHandle;
  readonly made: Fingerprint | null;
  readonly revision: number;
}

export interface Fingerprint {
  readonly image: string;
  readonly spec: string;
  /** Its limits, which may change while it runs. Absent in what older nodes wrote. */
  readonly resources?: string;
  /** See `ContainerSpec.revision`. */
  readonly revision?: number;
  /** The devices that its volumes were; see `disksOf`. Absent = none. */
  readonly disks?: string;
}

export interface Failure {
  readonly reason: string;
  /** Nothing but another spec can mend it. */
  readonly final: boolean;
  /** Failures in a row. */
  readonly count: number;
  /** Milliseconds of the epoch; not tried again before. */
  readonly retryAt: number;
}

export const NO_FACTS: Facts = {
  applied: null,
  netns: null,
  workload: {
    handle: null,
    made: null,
    image: null,
    pinned: null,
    imageConfig: null,
    state: ABSENT,
    epoch: 0,
    owes: null,
    restarts: 0,
    shortRuns: 0,
  },
  volume: {
    backend: null,
    revision: 0,
    size: 0,
    refused: null,
    attached: null,
    mounted: null,
    taken: false,
    copied: null,
  },
};

/** What planning may look at. */
export interface WorldView {
  find(kind: LocalKind, id: string): Entry | undefined;
  entries(): IteratorObject<Entry>;
  /** Whether a container of this runtime has volumes as disks of a machine of its own. */
  takesDisks(runtime: string): boolean;
  /** Whether a running workload has to be told of its ports: see `InterfacesAbility`. */
  followsInterfaces(runtime: string): boolean;
}

export const isContainer = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'container' }>> =>
  entry.kind === 'container';

export const isPort = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'port' }>> =>
  entry.kind === 'port';

export const isRouter = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'router' }>> =>
  entry.kind === 'router';

export const isGroup = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'group' }>> =>
  entry.kind === 'group';

export const isVolume = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'volume' }>> =>
  entry.kind === 'volume';

export const isSnapshot = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'snapshot' }>> =>
  entry.kind === 'snapshot';

export const isAttachment = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'attachment' }>> =>
  entry.kind === 'attachment';

export const isCopy = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'copy' }>> =>
  entry.kind === 'copy';
export const isRemote = (entry: Entry): entry is Entry<Extract<DesiredObject, { kind: 'remote' }>> =>
  entry.kind === 'remote';

/** The network namespace that this entry is in, or is. */
export function sandboxIdOf(entry: Entry): string | null {
  if (isPort(entry)) return entry.desired?.spec.handover ? null : (entry.desired?.spec.sandboxId ?? null);
  if (isContainer(entry)) return entry.desired?.spec.sandboxId ?? entry.id;
  return entry.kind === 'sandbox' ? entry.id : null;
}

/** Whether it is on the machine as it should be now. */
export const isApplied = ({ desired, facts }: Entry): boolean =>
  facts.applied !== null && facts.applied === desired?.generation;

export const isUp = (state: WorkloadState): boolean =>
  state.status === 'running' || state.status === 'paused';

/**
 * Whose step or report may be another when this changes: an attachment and its volume are one thing seen twice, a volume is
 * mounted for its containers, and the members of a capsule wait for its init containers.
 */
export function relatives(entry: Entry, world: WorldView): Entry[] {
  if (isAttachment(entry)) return [world.find('volume', entry.desired?.spec.volumeId ?? '') ?? []].flat();
  if (isContainer(entry)) return [...followers(entry, world), ...volumesWith(entry, world)];
  if (!isVolume(entry)) return [];
  const isRelated = (other: Entry) =>
    isAttachment(other)
      ? other.desired?.spec.volumeId === entry.id
      : isContainer(other) && volumesOf(other).includes(entry.id);
  return world.entries().filter(isRelated).toArray();
}

/** Ids of the volumes that a container has in its file system. */
export function volumesOf({ desired }: Entry): string[] {
  const mounts = desired?.kind === 'container' ? (desired.spec.mounts ?? []) : [];
  return mounts.flatMap((mount) => (mount.kind === 'volume' ? mount.volumeId : []));
}

/** Those that it has, and those that it still has as disks. */
function volumesWith(container: Entry, world: WorldView): Entry[] {
  const named = volumesOf(container).flatMap((id) => world.find('volume', id) ?? []);
  if (container.desired?.kind !== 'container' || !world.takesDisks(container.desired.spec.runtime))
    return named;
  const lent = world
    .entries()
    .filter(({ facts }) => lentDisk(facts.volume)?.lentTo === container.id)
    .filter((volume) => !named.includes(volume));
  return [...named, ...lent];
}

function followers({ id, desired }: Entry, world: WorldView): Entry[] {
  if (desired?.kind !== 'container' || desired.spec.sandboxId === undefined) return [];
  return world
    .entries()
    .filter((other) => isContainer(other) && other.desired?.spec.after?.includes(id))
    .toArray();
}
