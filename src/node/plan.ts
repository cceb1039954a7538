import type { AddressGroup, NetworkSpec, PortSpec, RemoteSpec, RouterSpec } from '#drivers/network/driver.ts';
import {
  isApplied,
  isContainer,
  isGroup,
  isPort,
  isRemote,
  isRouter,
  sandboxIdOf,
  type Entry,
  type LocalKind,
  type WorldView,
} from './objects.ts';
import { planContainer, type ContainerAction } from './plan-container.ts';
import { planImage, type ImageAction } from './plan-image.ts';
import { planAttachment, planCopy, planSnapshot, planVolume, type VolumeAction } from './plan-volume.ts';

/** All that the node can do to the machine. */
export type Action =
  | ContainerAction
  | ImageAction
  | VolumeAction
  | { readonly verb: 'ensure-network'; readonly spec: NetworkSpec; readonly generation: number }
  | { readonly verb: 'ensure-router'; readonly spec: RouterSpec; readonly generation: number }
  | { readonly verb: 'plug-port'; readonly spec: PortSpec; readonly generation: number }
  | { readonly verb: 'ensure-sandbox' }
  | { readonly verb: 'set-groups'; readonly groups: readonly AddressGroup[] }
  | { readonly verb: 'set-remotes'; readonly remotes: readonly RemoteSpec[] }
  | { readonly verb: 'remove-network' }
  | { readonly verb: 'remove-router' }
  | { readonly verb: 'unplug-port' }
  | { readonly verb: 'remove-sandbox' };

/**
 * The one next thing to do for an entry: what comes after it is planned from what is then true. `wait` says what for, in
 * words for the user; at `until` (milliseconds of the epoch) it is planned again without anything having changed.
 */
export type Step<A = Action> =
  | { readonly do: A }
  | { readonly wait: string; readonly until?: number }
  | { readonly settled: true };

export const SETTLED: Step<never> = { settled: true };

/**
 * Order: network, address groups → sandbox → port → image → workload → start, and volume → attachment, snapshot → copy; removal
 * in reverse. Pure: the same world and time give the same step.
 */
export function plan(entry: Entry, world: WorldView, now: number): Step {
  const { failure } = entry;
  const step = PLANS[entry.kind](entry, world, now);
  if (!failure || !('do' in step)) return step;
  if (failure.final) return { wait: failure.reason };
  return now < failure.retryAt ? { wait: failure.reason, until: failure.retryAt } : step;
}

type Plan = (entry: Entry, world: WorldView, now: number) => Step;

const PLANS: Record<Exclude<LocalKind, 'group'>, Plan> & { group: Plan } = {
  group: (_entry, world) => planGroups(world),
  network: planNetwork,
  sandbox: planSandbox,
  port: planPort,
  router: planRouter,
  remote: (_entry, world) => planRemotes(world),
  container: (entry, world, now) => planContainer(entry, world, now),
  volume: planVolume,
  snapshot: planSnapshot,
  attachment: planAttachment,
  copy: planCopy,
  image: planImage,
};

/** The groups of this machine are set together. */
function planGroups(world: WorldView): Step {
  const groups = [...world.entries()].filter(isGroup);
  const changed = groups.some((group) => !group.wanted || !isApplied(group));
  if (!changed) return SETTLED;
  const specs = groups.flatMap((group) => (group.wanted && group.desired ? [group.desired.spec] : []));
  return { do: { verb: 'set-groups', groups: specs } };
}

/** So are the ports on other machines. */
function planRemotes(world: WorldView): Step {
  const remotes = [...world.entries()].filter(isRemote);
  if (remotes.every((remote) => remote.wanted && isApplied(remote))) return SETTLED;
  const specs = remotes.flatMap((remote) => (remote.wanted && remote.desired ? [remote.desired.spec] : []));
  return { do: { verb: 'set-remotes', remotes: specs } };
}

function planNetwork(entry: Entry, world: WorldView): Step {
  const { desired, wanted } = entry;
  if (!wanted) {
    const used = world.entries().some((other) => isMade(other) && usesNetwork(other, entry.id));
    return used ? { wait: 'waiting for its ports and routers to go' } : { do: { verb: 'remove-network' } };
  }
  if (desired?.kind !== 'network' || isApplied(entry)) return SETTLED;
  return { do: { verb: 'ensure-network', spec: desired.spec, generation: desired.generation } };
}

function planSandbox(entry: Entry, world: WorldView): Step {
  if (entry.wanted) return entry.facts.netns === null ? { do: { verb: 'ensure-sandbox' } } : SETTLED;
  const used =
    world.find('container', entry.id) !== undefined || world.entries().some((other) => isIn(other, entry.id));
  return used ? { wait: 'waiting for what is in it to go' } : { do: { verb: 'remove-sandbox' } };
}

function planPort(entry: Entry, world: WorldView): Step {
  const { desired, wanted } = entry;
  if (!wanted) return { do: { verb: 'unplug-port' } };
  if (desired?.kind !== 'port' || isApplied(entry)) return SETTLED;
  const { spec, generation } = desired;
  if (!spec.outside && !isReady(world, 'network', spec.networkId)) return { wait: 'waiting for its network' };
  if (!spec.handover && !isReady(world, 'sandbox', spec.sandboxId))
    return { wait: 'waiting for its network namespace' };
  if (!groupsOf(spec).every((id) => areMembersSet(world, id)))
    return { wait: 'waiting for its address groups' };
  return { do: { verb: 'plug-port', spec, generation } };
}

function planRouter(entry: Entry, world: WorldView): Step {
  const { desired, wanted } = entry;
  if (!wanted) return { do: { verb: 'remove-router' } };
  if (desired?.kind !== 'router' || isApplied(entry)) return SETTLED;
  const { spec, generation } = desired;
  const missing = networksOf(spec).find((id) => !isReady(world, 'network', id));
  if (missing !== undefined) return { wait: 'waiting for its networks' };
  return { do: { verb: 'ensure-router', spec, generation } };
}

const isMade = ({ facts }: Entry): boolean => facts.applied !== null;

/** Something that was never sent here is not waited for in vain: the wait ends when it comes. */
const isReady = (world: WorldView, kind: LocalKind, id: string): boolean => {
  const entry = world.find(kind, id);
  return entry !== undefined && entry.wanted && isMade(entry);
};

/** A group that nobody sent is empty. */
const areMembersSet = (world: WorldView, id: string): boolean => {
  const group = world.find('group', id);
  return !group?.wanted || isMade(group);
};

const groupsOf = ({ filter }: PortSpec): string[] =>
  (filter?.rules ?? []).flatMap(({ remote }) => (remote && 'group' in remote ? [remote.group] : []));

const networksOf = ({ interfaces, gateway }: RouterSpec): string[] =>
  [...interfaces, ...(gateway ? [gateway] : [])].map(({ networkId }) => networkId);

/** A port or router that was found on the machine without a spec may be on any network. */
function usesNetwork(entry: Entry, networkId: string): boolean {
  if (isPort(entry)) return !entry.desired || entry.desired.spec.networkId === networkId;
  if (isRouter(entry)) return !entry.desired || networksOf(entry.desired.spec).includes(networkId);
  return false;
}

/** A port that was found on the machine without a spec may be in any. */
const isIn = (entry: Entry, sandboxId: string): boolean =>
  isPort(entry)
    ? isMade(entry) && (!entry.desired || entry.desired.spec.sandboxId === sandboxId)
    : isContainer(entry) && sandboxIdOf(entry) === sandboxId;
