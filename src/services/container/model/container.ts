import type { WorkloadLog } from '#drivers/runtime/driver.ts';
import type {
  ContainerImage,
  ContainerProbes,
  ContainerReport,
  PowerSpec,
  SecretEnv,
} from '#node/protocol.ts';
import type { OpenPort, PortRequest } from '#services/network/port.ts';
import type { CpuSet } from '#services/placement/port.ts';
import type { Mount } from './mount.ts';
import { conflict, notFound, type CloudError } from '#kernel/errors.ts';
import type { Membership } from './capsule.ts';

export type Status =
  | 'Creating'
  | 'Created'
  | 'Running'
  | 'Stopped'
  | 'Paused'
  | 'Restarting'
  | 'Rebuilding'
  | 'Deleting'
  | 'Deleted'
  | 'Dead'
  | 'Error'
  | 'Unknown';

export type TaskState =
  | 'image_pulling'
  | 'container_creating'
  | 'container_starting'
  | 'container_stopping'
  | 'container_rebooting'
  | 'container_rebuilding'
  | 'container_pausing'
  | 'container_unpausing'
  | 'container_deleting'
  | PluggingState;

/** A task ends these, and no report of the node. */
export type PluggingState = 'network_attaching' | 'network_detaching' | 'sg_adding' | 'sg_removing';

/** One container: what was asked for, where it is, what it should be now, and what its node last saw of it. */
export interface Container extends Resources {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  /** As the user named it. */
  readonly image: string;
  readonly autoRemove: boolean;
  readonly autoHeal: boolean;
  readonly settings: ContainerSettings;
  readonly createdAt: string;
  readonly updatedAt: string;

  /** Null until a node is found. */
  readonly host: string | null;
  readonly placement: Placement;
  /** Whether its node should have it. */
  readonly desired: boolean;
  readonly power: PowerSpec;
  /** Grows with each change of what the node should do: older reports do not answer it. */
  readonly generation: number;

  readonly status: Status;
  readonly statusReason: string | null;
  readonly taskState: TaskState | null;
  /** Whether its node may hold something of it. */
  readonly present: boolean;
  readonly observed: Observation | null;
}

/** Cores (fractions allowed), MiB, GiB. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

/** What the user gave, and seldom changes. */
export interface ContainerSettings {
  readonly imageDriver: string | null;
  readonly imagePullPolicy: string;
  /** Id of the registry that was named; absent in old rows. */
  readonly registryId?: string | null;
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly hints: Readonly<Record<string, string>>;
  readonly workdir: string | null;
  readonly hostname: string;
  readonly runtime: string | null;
  /** Whole processors to itself; absent = shared. */
  readonly dedicatedCpus?: boolean;
  readonly restartPolicy: { readonly name: RestartPolicyName; readonly maximumRetryCount: number };
  readonly interactive: boolean;
  /** Whether its input ends with the first console that has no more to say; absent = no. */
  readonly stdinOnce?: boolean;
  /** Absent = as the node keeps it. */
  readonly log?: Partial<WorkloadLog>;
  readonly tty: boolean;
  readonly availabilityZone: string | null;
  readonly requestedHost: string | null;
  /** Ids; null = the project's default group. */
  readonly securityGroups: readonly string[] | null;
  readonly portRequests: readonly PortRequest[];
  /** Of a capsule's member. */
  readonly member?: Membership;
  /** Absent in old rows. */
  readonly mounts?: readonly Mount[];
  /** Absent in old rows. */
  readonly secretEnv?: readonly SecretEnv[];
  /** Open to everybody, by a group of the container's own; absent in old rows. */
  readonly exposedPorts?: readonly OpenPort[];
  /** How often it was made anew; absent in old rows. */
  readonly revision?: number;
  /** Absent in old rows. */
  readonly privileged?: boolean;
  /** As the user gave it; absent = not at all. */
  readonly healthcheck?: HealthcheckSettings;
  /** Absent = the image's own health check alone. */
  readonly probes?: ContainerProbes;
  /** What a rebuild under way goes back to when it fails; absent = it does not. */
  readonly wayBack?: WayBack;
  /** Why the last rebuild was taken back. */
  readonly wentBack?: string;
}

/** Zun's field: a text for the container's shell, and seconds. */
export interface HealthcheckSettings {
  readonly test: string;
  readonly interval?: number;
  readonly retries?: number;
  readonly timeout?: number;
}

/** What a container was before its rebuild. */
export interface WayBack {
  readonly image: string;
  readonly imageDriver: string | null;
  readonly placedImage: ContainerImage;
  readonly revision: number;
  readonly power: PowerSpec;
}

export type RestartPolicyName = 'no' | 'always' | 'on-failure' | 'unless-stopped';

/** What creating it found out. */
export interface Placement {
  readonly image: ContainerImage | null;
  readonly ports: readonly AttachedPort[];
  readonly resolver: { readonly servers: readonly string[]; readonly domain: string };
  /** Processors that it has to itself; absent = none. */
  readonly cpuset?: CpuSet;
}

export interface AttachedPort {
  readonly id: string;
  readonly networkId: string;
  readonly preserved: boolean;
  /** Name of the interface inside; absent in old rows: `eth` and its place among the ports. */
  readonly device?: string;
  readonly securityGroups: readonly string[];
  readonly fixedIps: readonly {
    readonly subnetId: string;
    readonly address: string;
    readonly version: 4 | 6;
  }[];
}

/** The last report, without its id. */
export type Observation = Omit<ContainerReport, 'kind' | 'id'>;

export const NOT_PLACED: Placement = { image: null, ports: [], resolver: { servers: [], domain: '' } };

export const containerTarget = (id: string): string => `container:${id}`;

export const containerNotFound = (ref: string): CloudError =>
  notFound(`Container ${ref} could not be found.`);

export const containerAmbiguous = (name: string): CloudError =>
  conflict(`Multiple containers exist with same name ${name}. Please use the container uuid instead.`, {
    code: 'conflict',
  });
