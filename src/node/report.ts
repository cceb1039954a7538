import { isContainer, isUp, type Entry, type WorldView } from './objects.ts';
import { healthReport } from './health.ts';
import { isOutdated, isRestarting } from './plan-container.ts';
import { deviceOf } from './plan-volume.ts';
import { mountTrouble } from './plan-mount.ts';
import { plan } from './plan.ts';
import type {
  ContainerReport,
  DesiredObject,
  ImageReport,
  NetworkReport,
  Report,
  VolumeReport,
} from './protocol.ts';
import { imageName } from './workload-facts.ts';

/** What control is told about an entry that it sent; undefined for the node's own affairs. */
export function reportOf(entry: Entry, world: WorldView, now: number): Report | undefined {
  if (!entry.wanted || entry.kind === 'sandbox' || !entry.desired) return undefined;
  if (isContainer(entry)) return containerReport(entry, world, now);
  if (entry.desired.kind === 'image') return imageReport(entry, entry.desired, { world, now });
  return isVolumeKind(entry.desired)
    ? volumeReport(entry, entry.desired, { world, now })
    : networkReport(entry, entry.kind as NetworkReport['kind']);
}

type ContainerObject = Extract<DesiredObject, { kind: 'container' }>;
type VolumeObject = Extract<DesiredObject, { kind: VolumeReport['kind'] }>;

const isVolumeKind = (object: DesiredObject): object is VolumeObject =>
  ['volume', 'snapshot', 'attachment', 'copy'].includes(object.kind);

function volumeReport(
  entry: Entry,
  desired: VolumeObject,
  { world, now }: { world: WorldView; now: number },
): VolumeReport {
  const { failure, facts } = entry;
  const { revision, size, copied, refused } = facts.volume;
  const isRefused = desired.kind === 'volume' && refused?.generation === desired.generation;
  const failed = isRefused || (failure?.final ?? false);
  const ready = isReady(desired, entry, world);
  return {
    kind: desired.kind,
    id: entry.id,
    generation: desired.generation,
    status: failed ? 'error' : ready ? 'ready' : 'working',
    reason: failure?.reason ?? (isRefused ? refused.reason : ready ? null : reasonOf(entry, world, now)),
    failed,
    revision,
    size,
    device: desired.kind === 'attachment' ? deviceOf(desired.spec, world) : null,
    copied,
  };
}

/** Whether what is desired is in force: then also a later failure, of a detach say, does not make it less so. */
function isReady(desired: VolumeObject, { facts: { volume } }: Entry, world: WorldView): boolean {
  switch (desired.kind) {
    case 'volume':
      return volume.revision >= desired.spec.content.revision && volume.size >= desired.spec.size;
    case 'snapshot':
      return volume.taken;
    case 'attachment':
      return deviceOf(desired.spec, world) !== null;
    case 'copy':
      return volume.copied !== null;
  }
}

function imageReport(
  entry: Entry,
  { id, generation, spec }: Extract<DesiredObject, { kind: 'image' }>,
  { world, now }: { world: WorldView; now: number },
): ImageReport {
  const { image, pinned } = entry.facts.workload;
  const digest = pinned?.digest ?? null;
  if (image === imageName(spec.image))
    return { kind: 'image', id, generation, status: 'ready', reason: null, digest };
  const status = entry.failure?.final ? 'error' : 'working';
  return { kind: 'image', id, generation, status, reason: reasonOf(entry, world, now), digest };
}

/** Not ready and without a reason = on its way: such objects are not reported before they are one or the other. */
function networkReport(entry: Entry, kind: NetworkReport['kind']): NetworkReport | undefined {
  const { id, desired, facts, failure } = entry;
  const generation = desired?.generation ?? 0;
  if (failure) return { kind, id, generation, status: 'error', reason: failure.reason };
  return facts.applied === generation ? { kind, id, generation, status: 'ready', reason: null } : undefined;
}

function containerReport(entry: Entry<ContainerObject>, world: WorldView, now: number): ContainerReport {
  const { id, desired, facts } = entry;
  const { state, epoch, imageConfig } = facts.workload;
  const failed = isHopeless(entry, world);
  return {
    kind: 'container',
    id,
    generation: desired?.generation ?? 0,
    status: failed ? 'error' : statusOf(entry),
    epoch,
    exitCode: state.exitCode,
    oomKilled: state.oomKilled,
    startedAt: state.startedAt,
    finishedAt: state.finishedAt,
    reason: reasonOf(entry, world, now),
    failed,
    image: imageConfig,
    health: desired ? healthReport(desired.spec, facts.workload) : null,
    restarts: facts.workload.restarts,
  };
}

/** Whether nothing but another spec helps it: what runs already needs none. */
function isHopeless({ desired, facts, failure }: Entry, world: WorldView): boolean {
  if (failure?.final) return true;
  if (desired?.kind !== 'container' || isUp(facts.workload.state)) return false;
  return mountTrouble(desired.spec, world)?.final ?? false;
}

function statusOf(entry: Entry): ContainerReport['status'] {
  const { workload } = entry.facts;
  const { status } = workload.state;
  if (status === 'absent') return 'creating';
  if (isContainer(entry) && entry.desired && isOutdated(entry.desired.spec, workload)) return 'creating';
  if (entry.desired?.kind === 'container' && isRestarting(entry.desired.spec, workload)) return 'restarting';
  return status;
}

function reasonOf(entry: Entry, world: WorldView, now: number): string | null {
  if (entry.failure) return entry.failure.reason;
  if (entry.note !== null) return entry.note;
  const step = plan(entry, world, now);
  return 'wait' in step ? step.wait : null;
}
