import type { WorkloadResources } from '#drivers/runtime/driver.ts';
import type { ExactImage } from './images.ts';
import {
  isApplied,
  isPort,
  isUp,
  NO_FACTS,
  sandboxIdOf,
  type Entry,
  type WorkloadFacts,
  type WorldView,
} from './objects.ts';
import { disksOf, mountTrouble } from './plan-mount.ts';
import type { Step } from './plan.ts';
import type { ContainerImage, ContainerSpec, RegistryImage } from './protocol.ts';
import { remedyFor } from './health.ts';
import { restartAt, restartReason } from './restart-policy.ts';
import { exactImage, fingerprint, imageName } from './workload-facts.ts';

export type ContainerAction =
  | { readonly verb: 'resolve-image'; readonly image: RegistryImage }
  | { readonly verb: 'fetch-image'; readonly image: ExactImage; readonly name: string }
  | { readonly verb: 'fetch-image-ahead'; readonly image: ContainerImage }
  | { readonly verb: 'set-aside-workload' }
  | { readonly verb: 'bring-back-workload' }
  | { readonly verb: 'remove-kept-workload' }
  | { readonly verb: 'make-workload'; readonly spec: ContainerSpec; readonly netns: string }
  | { readonly verb: 'start-workload'; readonly epoch: number; readonly byPolicy: boolean }
  | { readonly verb: 'stop-workload'; readonly timeoutSeconds: number }
  | { readonly verb: 'pause-workload' }
  | { readonly verb: 'resume-workload' }
  | { readonly verb: 'connect-workload'; readonly ports: string }
  | { readonly verb: 'resize-workload'; readonly resources: WorkloadResources }
  | { readonly verb: 'remove-workload'; readonly forGood: boolean };

/** A container's next step. Law: nothing is started whose power says created or stopped. */
export function planContainer(entry: Entry, world: WorldView, now: number): Step<ContainerAction> {
  const { desired, wanted, facts } = entry;
  if (!wanted) return { do: { verb: 'remove-workload', forGood: true } };
  if (desired?.kind !== 'container') return { settled: true };
  const { spec } = desired;
  if (mustFetchAhead(spec, facts.workload)) return { do: { verb: 'fetch-image-ahead', image: spec.image } };
  if (mustStop(spec, facts.workload))
    return { do: { verb: 'stop-workload', timeoutSeconds: spec.power.stopTimeoutSeconds } };
  const remedy = isUp(facts.workload.state) ? remedyFor(spec, facts.workload) : null;
  if (remedy) {
    const timeoutSeconds = remedy.action === 'kill' ? 0 : spec.power.stopTimeoutSeconds;
    return { do: { verb: 'stop-workload', timeoutSeconds } };
  }
  return planMaking(entry, spec, world) ?? planPower(entry, spec, { world, now });
}

/** Before what runs gives way to a new revision, all that can take long has been done. */
const mustFetchAhead = (spec: ContainerSpec, facts: WorkloadFacts): boolean =>
  (spec.keepsOld ?? false) && isOutdated(spec, facts) && facts.ahead?.image !== imageName(spec.image);

const mustStop = (spec: ContainerSpec, facts: WorkloadFacts): boolean =>
  isUp(facts.state) && (!wantsToRun(spec.power) || facts.epoch < spec.power.epoch || isOutdated(spec, facts));

/** Whether it was to be made anew since. */
export const isOutdated = (spec: ContainerSpec, { made }: WorkloadFacts): boolean =>
  made !== null && (made.revision ?? 0) !== (spec.revision ?? 0);

const wantsToRun = ({ state }: ContainerSpec['power']): boolean => state === 'running' || state === 'paused';

/** What is missing before it can run. A workload that runs stays what it was made from, but for its limits. */
function planMaking(entry: Entry, spec: ContainerSpec, world: WorldView): Step<ContainerAction> | undefined {
  const { workload } = entry.facts;
  const wanted = fingerprint(spec);
  const { kept } = workload;
  const isBack = kept?.revision === wanted.revision;
  if (kept && !isBack && !spec.keepsOld) return { do: { verb: 'remove-kept-workload' } };
  if (isUp(workload.state)) return planRunning(entry, spec, world);
  if (isBack) return { do: { verb: 'bring-back-workload' } };
  if (spec.keepsOld && workload.handle && isOutdated(spec, workload))
    return { do: { verb: 'set-aside-workload' } };
  if (
    workload.handle &&
    workload.made &&
    (workload.made.image !== wanted.image || isOutdated(spec, workload))
  )
    return { do: { verb: 'remove-workload', forGood: false } };
  const image = exactImage(spec, workload);
  if (!image) return { do: { verb: 'resolve-image', image: spec.image as RegistryImage } };
  const name = imageName(spec.image);
  if (workload.image !== name) return { do: { verb: 'fetch-image', image, name } };
  const trouble = mountTrouble(spec, world);
  if (trouble) return { wait: trouble.reason };
  const isMade =
    workload.handle &&
    workload.state.status !== 'absent' &&
    workload.made?.spec === wanted.spec &&
    workload.made.resources === wanted.resources &&
    (workload.made.disks ?? '') === disksOf(spec, world);
  if (isMade) return undefined;
  const netns = world.find('sandbox', sandboxIdOf(entry) ?? entry.id)?.facts.netns;
  return netns
    ? { do: { verb: 'make-workload', spec, netns } }
    : { wait: 'waiting for its network namespace' };
}

/** What can change of one that runs. */
function planRunning(
  { facts: { workload } }: Entry,
  spec: ContainerSpec,
  world: WorldView,
): Step<ContainerAction> | undefined {
  if (workload.made && workload.made.resources !== fingerprint(spec).resources)
    return { do: { verb: 'resize-workload', resources: spec.resources } };
  if (!world.followsInterfaces(spec.runtime) || workload.ports === undefined) return undefined;
  const isLeaving = (id: string) => !spec.portIds.includes(id) && world.find('port', id) !== undefined;
  if (workload.ports.split(',').some(isLeaving)) return { wait: 'waiting for a network port to go' };
  const ports = plugged(spec, world);
  if (workload.ports !== ports) return { do: { verb: 'connect-workload', ports } };
  const unready = spec.portIds.find((id) => !isPlugged(world, id));
  return unready === undefined ? undefined : { wait: whyUnready(unready, world) };
}

/** Its ports that are in its namespace. */
export const plugged = ({ portIds }: ContainerSpec, world: WorldView): string =>
  portIds.filter((id) => isPlugged(world, id)).join();

function planPower(
  { facts: { workload } }: Entry,
  spec: ContainerSpec,
  { world, now }: { world: WorldView; now: number },
): Step<ContainerAction> {
  const { power } = spec;
  const { status } = workload.state;
  if (status === 'running' && power.state === 'paused') return { do: { verb: 'pause-workload' } };
  if (status === 'paused' && power.state === 'running') return { do: { verb: 'resume-workload' } };
  if (isUp(workload.state) || !wantsToRun(power)) return { settled: true };
  const start = (byPolicy: boolean): Step<ContainerAction> => {
    if (spec.after && workload.state.startedAt === null && !spec.after.every((id) => hasEndedWell(world, id)))
      return { wait: 'waiting for the init containers' };
    const unready = spec.portIds.find((id) => !isPlugged(world, id) || !knowsNames(world, id));
    if (unready !== undefined) return { wait: whyUnready(unready, world) };
    return { do: { verb: 'start-workload', epoch: power.epoch, byPolicy } };
  };
  if (isStartDue(spec, workload)) return start(false);
  const at = restartAt(spec, workload);
  if (at === null) return { settled: true };
  return now < at ? { wait: restartReason(spec, workload), until: at } : start(true);
}

function hasEndedWell(world: WorldView, id: string): boolean {
  const { state, epoch, owes } = world.find('container', id)?.facts.workload ?? NO_FACTS.workload;
  return state.status === 'stopped' && state.exitCode === 0 && epoch > 0 && owes === null;
}

const isPlugged = (world: WorldView, id: string): boolean =>
  (world.find('port', id)?.facts.applied ?? null) !== null;

/**
 * Whether the port's network is all that it should be: one that a router brought here gets its resolver with its first container,
 * and each container its name there. A network that can never be so holds nobody up.
 */
function knowsNames(world: WorldView, portId: string): boolean {
  const network = networkOf(world, portId);
  return !network?.wanted || isApplied(network) || (network.failure?.final ?? false);
}

function networkOf(world: WorldView, portId: string): Entry | undefined {
  const port = world.find('port', portId);
  return port && isPort(port) ? world.find('network', port.desired?.spec.networkId ?? '') : undefined;
}

/** A port that waits for its network says what the network suffers from. */
function whyUnready(id: string, world: WorldView): string {
  const failure = world.find('port', id)?.failure ?? networkOf(world, id)?.failure ?? null;
  return failure ? `waiting for its network port: ${failure.reason}` : 'waiting for its network port';
}

/** Because the user asked, because a start was cut off, or because it was made anew and never ran. */
const isStartDue = ({ power }: ContainerSpec, { epoch, owes, state }: WorkloadFacts): boolean =>
  epoch < power.epoch || owes !== null || state.status === 'created';

/** Whether it is down only until the restart policy starts it again. */
export const isRestarting = (spec: ContainerSpec, facts: WorkloadFacts): boolean =>
  wantsToRun(spec.power) &&
  facts.state.status === 'stopped' &&
  facts.epoch >= spec.power.epoch &&
  restartAt(spec, facts) !== null;
