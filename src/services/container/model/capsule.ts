import { conflict, notFound, type CloudError } from '#kernel/errors.ts';
import type { OpenGroup, OpenPort, PortRequest } from '#services/network/port.ts';
import type { HeldVolume } from './mount.ts';
import { exposedGroupName } from './exposed-ports.ts';
import type { Container, ContainerSettings, Placement, Resources, Status } from './container.ts';

/** Containers that live and die together on one node, in one network namespace. What it is now, its members tell. */
export interface Capsule {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly settings: CapsuleSettings;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Null until a node is found. */
  readonly host: string | null;
  readonly placement: Omit<Placement, 'image'>;
  readonly phase: Phase;
  /** Why it is in error. */
  readonly reason: string | null;
}

export type Phase = 'creating' | 'ready' | 'deleting' | 'error';

/** What the user gave, and what follows from it. */
export interface CapsuleSettings extends Pick<Resources, 'cpu' | 'memory'> {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly restartPolicy: ContainerSettings['restartPolicy'];
  readonly availabilityZone: string | null;
  /** Of all members; absent = the cloud's own. */
  readonly runtime?: string;
  readonly exposedPorts: readonly OpenPort[];
  readonly portRequests: readonly PortRequest[];
  /** Of all members together; absent in old rows. */
  readonly volumes?: readonly HeldVolume[];
}

/** A container's place in its capsule. */
export interface Membership {
  readonly capsuleId: string;
  readonly init: boolean;
  /** Among the init containers, or among the others. */
  readonly index: number;
  /** The init container that must have ended well before this one starts. */
  readonly after: string | null;
}

/** A capsule with its members: init containers first, each kind in the order of the template. */
export interface CapsuleWithMembers {
  readonly capsule: Capsule;
  readonly members: readonly Container[];
}

export const isInit = ({ settings }: Container): boolean => settings.member?.init ?? false;

/** In the order of the template. */
export const inOrder = (members: readonly Container[]): Container[] =>
  members.toSorted(
    (a, b) =>
      Number(isInit(b)) - Number(isInit(a)) ||
      (a.settings.member?.index ?? 0) - (b.settings.member?.index ?? 0),
  );

/** What the capsule needs: its containers at once, and whichever init container alone. */
export function neededBy(members: readonly Container[]): Pick<Resources, 'cpu' | 'memory'> {
  const need = (of: 'cpu' | 'memory') => {
    const [init, main] = [members.filter(isInit), members.filter((member) => !isInit(member))];
    const together = main.reduce((sum, member) => sum + member[of], 0);
    return Math.max(together, ...init.map((member) => member[of]));
  };
  return { cpu: need('cpu'), memory: need('memory') };
}

const UP: readonly Status[] = ['Running', 'Restarting', 'Paused'];

/** In the words that containers have for it. */
export function capsuleStatus({ capsule, members }: CapsuleWithMembers): Status {
  if (capsule.phase === 'creating') return 'Creating';
  if (capsule.phase === 'deleting') return 'Deleting';
  const statuses = members.filter((member) => !isInit(member)).map(({ status }) => status);
  if (capsule.phase === 'error' || statuses.includes('Error')) return 'Error';
  if (statuses.some((status) => UP.includes(status))) return 'Running';
  return statuses.every((status) => status === 'Stopped') ? 'Stopped' : 'Unknown';
}

/** Its own reason, else that of the first member that has one. */
export const capsuleReason = ({ capsule, members }: CapsuleWithMembers): string | null =>
  capsule.reason ?? members.find(({ statusReason }) => statusReason !== null)?.statusReason ?? null;

/** The group that opens its ports; null for one that exposes none. */
export const capsuleGroup = ({ id, settings }: Pick<Capsule, 'id' | 'settings'>): OpenGroup | null =>
  settings.exposedPorts.length === 0
    ? null
    : { name: exposedGroupName(id), description: `Ports of capsule ${id}`, ports: settings.exposedPorts };

export const capsuleTarget = (id: string): string => `capsule:${id}`;

export const capsuleNotFound = (ref: string): CloudError => notFound(`Capsule ${ref} could not be found.`);

export const capsuleAmbiguous = (name: string): CloudError =>
  conflict(`Multiple capsules exist with same name ${name}. Please use the capsule uuid instead.`, {
    code: 'conflict',
  });
