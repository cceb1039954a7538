import type { ImageConfig } from '#oci/image-config.ts';
import type { AddressGroup, NetworkSpec, PortSpec, RouterSpec } from '#drivers/network/driver.ts';
import type {
  LogLine,
  LogQuery,
  ProcessTable,
  WorkloadResources,
  WorkloadStats,
} from '#drivers/runtime/driver.ts';

/**
 * What control and node say to each other over SSNTP's extension. Level-triggered: control sends what should be, with
 * generations; the node stores it before it acknowledges, converges, and reports what it observes. A lost message costs
 * nothing: after each reconnect control sends the whole desired set and the node its whole report.
 */
export type DesiredObject =
  | { readonly kind: 'network'; readonly id: string; readonly generation: number; readonly spec: NetworkSpec }
  | { readonly kind: 'group'; readonly id: string; readonly generation: number; readonly spec: AddressGroup }
  | { readonly kind: 'port'; readonly id: string; readonly generation: number; readonly spec: PortSpec }
  | { readonly kind: 'router'; readonly id: string; readonly generation: number; readonly spec: RouterSpec }
  | {
      readonly kind: 'container';
      readonly id: string;
      readonly generation: number;
      readonly spec: ContainerSpec;
    };

export type DesiredKind = DesiredObject['kind'];

export interface ObjectKey {
  readonly kind: DesiredKind;
  readonly id: string;
}

/** A container as it should be. `id` is also the id of its network sandbox. */
export interface ContainerSpec {
  readonly id: string;
  readonly name: string;
  readonly runtime: string;
  readonly image: ImageRef;
  /** What the user gave; null = the image's own. */
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly workdir: string | null;
  readonly hostname: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly privileged: boolean;
  readonly resources: WorkloadResources;
  readonly restartPolicy: {
    readonly name: 'no' | 'always' | 'on-failure' | 'unless-stopped';
    readonly maximumRetryCount: number;
  };
  /** Ports that must be plugged before the first start. */
  readonly portIds: readonly string[];
  /** Addresses of the name servers and the search domain for `/etc/resolv.conf`; own names for `/etc/hosts`. */
  readonly resolver: { readonly servers: readonly string[]; readonly domain: string };
  readonly hosts: readonly { readonly address: string; readonly name: string }[];
  readonly power: PowerSpec;
}

/**
 * Whether it should run. `epoch` counts the user's starts and reboots: a container that exited by itself stays down (but
 * for its restart policy) until the epoch grows; one whose epoch grew while it ran is stopped and started again.
 */
export interface PowerSpec {
  readonly state: 'created' | 'running' | 'stopped' | 'paused';
  readonly epoch: number;
  readonly stopTimeoutSeconds: number;
}

export interface ImageRef {
  readonly id: string;
  /** Hash of the stored bytes, so that a changed image is another image. */
  readonly checksum: string;
}

/** What the node sees of one container. */
export interface ContainerReport {
  readonly kind: 'container';
  readonly id: string;
  /** Of the spec that the node works towards. Whether it is there, status and epoch tell. */
  readonly generation: number;
  readonly status: 'creating' | 'created' | 'running' | 'paused' | 'stopped' | 'restarting' | 'error';
  /** The epoch last started. */
  readonly epoch: number;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Why it is in error, or what it waits for: 'pulling image: 40 %'. */
  readonly reason: string | null;
  /** Whether the reason is final until the spec changes. */
  readonly failed: boolean;
  /** Taken from the image once it is there. */
  readonly image: Pick<ImageConfig, 'entrypoint' | 'cmd' | 'exposedPorts' | 'workdir'> | null;
}

/** What the node sees of a network object. */
export interface NetworkReport {
  readonly kind: 'network' | 'group' | 'port' | 'router';
  readonly id: string;
  readonly generation: number;
  readonly status: 'ready' | 'error';
  readonly reason: string | null;
}

export type Report = ContainerReport | NetworkReport;

/** Requests control → node. Body and answer types by method name. */
export interface NodeMethods {
  /** These objects change; others stay. Acknowledged when stored. */
  'desired.put': { body: { objects: readonly DesiredObject[]; removed: readonly ObjectKey[] }; answer: null };
  /** This is all there should be. */
  'desired.set': { body: { objects: readonly DesiredObject[] }; answer: null };
  'container.exec': {
    body: { id: string; args: readonly string[]; timeoutSeconds: number };
    answer: { output: string; exitCode: number };
  };
  'container.signal': { body: { id: string; signal: string }; answer: null };
  'container.stats': { body: { id: string }; answer: WorkloadStats };
  'container.top': { body: { id: string; psArgs: string | null }; answer: ProcessTable };
  /** Lines as JSON, one a line, over a stream. */
  'container.logs': { body: { id: string; query: LogQuery }; answer: LogLine };
}

/** Requests node → control. */
export interface ControlMethods {
  /** Who I am and what I have; sent first after each connect. */
  'node.hello': { body: NodeDescription; answer: null };
  /** What changed; `whole` = everything I have, and what is not in it is not here. */
  'node.report': {
    body: { whole: boolean; reports: readonly Report[]; gone: readonly ObjectKey[] };
    answer: null;
  };
  /** A stream of the stored bytes of an image; the head tells their size. */
  'image.open': { body: ImageRef; answer: { size: number } };
}

/** A node's inventory. Sizes in MiB and GiB. */
export interface NodeDescription {
  readonly hostname: string;
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  readonly architecture: string;
  readonly osType: string;
  readonly os: string;
  readonly kernelVersion: string;
  readonly runtimes: readonly string[];
  readonly networkDriver: string;
  readonly labels: Readonly<Record<string, string>>;
}
