import type { ImageConfig } from '#oci/image-config.ts';
import type { DiskFormat } from '#disk-image/qemu-img.ts';
import type { BackupManifest } from '#drivers/backup/driver.ts';
import type {
  AddressGroup,
  MetadataAnswer,
  MetadataRequest,
  NetworkSpec,
  PortSpec,
  RemoteSpec,
  RouterSpec,
} from '#drivers/network/driver.ts';
import type {
  ArchiveStat,
  LogLine,
  LogQuery,
  ProcessTable,
  TerminalSize,
  WorkloadLog,
  WorkloadResources,
  WorkloadStats,
} from '#drivers/runtime/driver.ts';
import type { MeasureAnswers, MeasureQuestions } from '#measures/question.ts';
import type { AttachMode, VolumeSourceRef } from '#drivers/volume/driver.ts';
import type { NodeDescription } from './description.ts';

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
  | { readonly kind: 'remote'; readonly id: string; readonly generation: number; readonly spec: RemoteSpec }
  | {
      readonly kind: 'container';
      readonly id: string;
      readonly generation: number;
      readonly spec: ContainerSpec;
    }
  | { readonly kind: 'volume'; readonly id: string; readonly generation: number; readonly spec: VolumeSpec }
  | {
      readonly kind: 'snapshot';
      readonly id: string;
      readonly generation: number;
      readonly spec: SnapshotSpec;
    }
  | {
      readonly kind: 'attachment';
      readonly id: string;
      readonly generation: number;
      readonly spec: AttachmentSpec;
    }
  | { readonly kind: 'copy'; readonly id: string; readonly generation: number; readonly spec: CopySpec }
  | { readonly kind: 'image'; readonly id: string; readonly generation: number; readonly spec: ImageSpec };

export type DesiredKind = DesiredObject['kind'];

export interface ObjectKey {
  readonly kind: DesiredKind;
  readonly id: string;
}

/** A container as it should be. */
export interface ContainerSpec {
  readonly id: string;
  /** Of the network namespace that it shares with others, the members of a capsule. Absent = it has one of its own, by its own id. */
  readonly sandboxId?: string;
  /** Ids of containers that must have ended well before it is started the first time: the init containers of its capsule. */
  readonly after?: readonly string[];
  readonly name: string;
  readonly runtime: string;
  readonly image: ContainerImage;
  /** What the user gave; null = the image's own. */
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets beside it, named alone: the node asks for them with `secret.get` when it makes the container. Absent = none. */
  readonly secretEnv?: readonly SecretEnv[];
  readonly workdir: string | null;
  readonly hostname: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** See `WorkloadSpec`. */
  readonly stdinOnce?: boolean;
  readonly privileged: boolean;
  /** Absent = the node's own measure. */
  readonly log?: Partial<WorkloadLog>;
  /** Another one = another root file system, from the image: what the container wrote is gone. Absent = 0. */
  readonly revision?: number;
  /**
   * A new revision takes the place of the old one, but that is kept, stopped, as long as this is true: going back to its revision brings it
   * back as it was. What the new one needs is fetched before the old one is stopped. Absent = false.
   */
  readonly keepsOld?: boolean;
  /** Absent = the image's own health check alone. */
  readonly probes?: ContainerProbes;
  /** Whether it is restarted when its health check says that it is not well. Absent = false. */
  readonly autoHeal?: boolean;
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
  /** What of the user's is put into its file system; absent = nothing. */
  readonly mounts?: readonly ContainerMount[];
  readonly power: PowerSpec;
}

/** How a container is asked whether it is well, by its node. */
export interface ContainerProbes {
  /** Zun's health check. Null = none; absent = the image's own. Its action is told by `autoHeal`. */
  readonly check?: Probe | null;
  /** Until it has passed, no other is tried; then it never is again in that run. */
  readonly start?: Probe;
  readonly ready?: Probe;
  readonly live?: Probe;
}

export type ProbeName = keyof ContainerProbes;

export interface Probe {
  readonly means: ProbeMeans;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** So many in a row, and it counts as failing, or as passing. */
  readonly failureThreshold: number;
  readonly successThreshold: number;
  /** After the start of the container, before it is tried. */
  readonly initialDelaySeconds: number;
  /** After the start of the container: as long as it never passed, failures count nothing so long. */
  readonly graceSeconds: number;
  /** What is done to the container when it fails; `kill` leaves the rest to the restart policy. */
  readonly action: 'restart' | 'kill' | 'none';
}

/** A command in the container that ends with 0, an HTTP status from 200 to 399, or a port that takes connections. */
export type ProbeMeans =
  | { readonly kind: 'exec'; readonly args: readonly string[] }
  | { readonly kind: 'http'; readonly port: number; readonly path: string; readonly scheme: 'http' | 'https' }
  | { readonly kind: 'tcp'; readonly port: number };

/** What the probes of a container that runs have shown in this run. */
export interface HealthReport {
  /** One that fails makes it unhealthy; one that has yet to pass leaves it starting. */
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  readonly probes: Readonly<Partial<Record<ProbeName, ProbeReport>>>;
}

/** Told when something new is known: not each time that a probe shows the same again. */
export interface ProbeReport {
  readonly state: 'waiting' | 'passing' | 'failing';
  /** ISO-8601. */
  readonly since: string;
  /** In a row, up to the threshold. */
  readonly successes: number;
  readonly failures: number;
  /** Of the try that was told last: what it said (4 KiB at most), and when. */
  readonly output: string;
  readonly at: string | null;
}

/**
 * Something of the user's at `destination`, an absolute path without `.` and `..`. A volume is mounted once it is a device of this node
 * by an attachment. A secret is named alone: the node asks for it with `secret.get` when it starts the container, and keeps it in memory.
 */
export type ContainerMount =
  | {
      readonly kind: 'volume';
      readonly volumeId: string;
      readonly destination: string;
      readonly readOnly: boolean;
    }
  | (FileMount & { readonly kind: 'file'; /** Base64. */ readonly content: string })
  | (FileMount & { readonly kind: 'secret'; readonly secretId: string });

/** A secret as a variable of the environment. */
export interface SecretEnv {
  readonly name: string;
  readonly secretId: string;
}

interface FileMount {
  readonly destination: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
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

/** A volume as it should be. Its id is the object's. */
export interface VolumeSpec {
  /** Name of the volume driver on the node. */
  readonly backend: string;
  /** GiB. Grows at any time, never shrinks. */
  readonly size: number;
  readonly content: VolumeContent;
}

/**
 * What a volume begins with. Each revision is filled in once: 1 when the volume is made; each restore, revert or reimage
 * afterwards is one more, and takes effect while nothing is attached. A revision whose filling failed leaves the volume as it was.
 */
export interface VolumeContent {
  readonly revision: number;
  readonly source: VolumeSource;
}

export type VolumeSource =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'image'; readonly image: ImageRef; readonly format: DiskFormat }
  | { readonly kind: 'volume'; readonly id: string }
  | { readonly kind: 'snapshot'; readonly id: string }
  | { readonly kind: 'backup'; readonly id: string };

export interface SnapshotSpec {
  readonly backend: string;
  readonly volumeId: string;
}

/** The volume is a block device of the machine as long as any attachment of it is wanted. */
export interface AttachmentSpec {
  readonly backend: string;
  readonly volumeId: string;
  readonly mode: AttachMode;
}

/**
 * Something to be copied away from the node, once. It stays in the desired set until control has seen it `ready`, with
 * its result; copying it again gives the same.
 */
export interface CopySpec {
  readonly backend: string;
  readonly from: VolumeSourceRef;
  readonly to:
    | {
        readonly kind: 'backup';
        readonly id: string;
        readonly volumeId: string;
        readonly parent: string | null;
      }
    | {
        readonly kind: 'image';
        readonly id: string;
        readonly format: 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx';
      };
}

/** An image that is to lie on the node, for containers to come. */
export interface ImageSpec {
  readonly image: ContainerImage;
}

/** An image of the image service, as control keeps it. */
export interface ImageRef {
  readonly id: string;
  /** Hash of the stored bytes, so that a changed image is another image. */
  readonly checksum: string;
}

/** An image that the node pulls itself. */
export interface RegistryImage {
  /** In full, with tag or digest: `registry.example:5000/team/app:1.2`. */
  readonly reference: string;
  /** Whether the registry is asked: each time a container is made, or when the image is not on the node, or never. */
  readonly pull: PullPolicy;
}

export type PullPolicy = 'always' | 'ifnotpresent' | 'never';

export type ContainerImage = ImageRef | RegistryImage;

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
  /** Null while it does not run, and for one without probes; absent in what older nodes say. */
  readonly health?: HealthReport | null;
  /** Starts by the restart policy or for its health since the user's last start; absent in what older nodes say. */
  readonly restarts?: number;
}

/** What the node sees of a network object. */
export interface NetworkReport {
  readonly kind: 'network' | 'group' | 'port' | 'router' | 'remote';
  readonly id: string;
  readonly generation: number;
  readonly status: 'ready' | 'error';
  readonly reason: string | null;
}

/** What the node sees of a volume, snapshot, attachment or copy. */
export interface VolumeReport {
  readonly kind: 'volume' | 'snapshot' | 'attachment' | 'copy';
  readonly id: string;
  readonly generation: number;
  /** `working`: on its way, or tried again later, for `reason`. */
  readonly status: 'working' | 'ready' | 'error';
  /** What it is doing, or why it failed: 'copying: 40 %'. */
  readonly reason: string | null;
  /** Whether the failure is final until the spec changes. */
  readonly failed: boolean;
  /** Of a volume: the revision of its content that is in it, and its size in GiB; 0 before it is made. */
  readonly revision: number;
  readonly size: number;
  /** Of an attachment: path of the block device, while it is ready. */
  readonly device: string | null;
  /** Of a copy that is done: bytes read, and bytes or pieces that were really sent. */
  readonly copied: { readonly bytes: number; readonly sentBytes: number; readonly pieces: number } | null;
}

/** What the node sees of an image that is to lie there. */
export interface ImageReport {
  readonly kind: 'image';
  readonly id: string;
  readonly generation: number;
  /** `working`: on its way, or tried again later, for `reason`. */
  readonly status: 'working' | 'ready' | 'error';
  readonly reason: string | null;
  /** What a registry's reference was found to mean. */
  readonly digest: string | null;
}

export type Report = ContainerReport | NetworkReport | VolumeReport | ImageReport;

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
  /** What workloads of this node used, for each question in turn, the oldest first; nothing for one that is not here. */
  'measures.read': { body: MeasureQuestions; answer: MeasureAnswers };
  'container.top': { body: { id: string; psArgs: string | null }; answer: ProcessTable };
  /** Lines as JSON, one a line, over a stream. `follow`: also those to come, until the container stops. */
  'container.logs': { body: { id: string; query: LogQuery; follow?: boolean }; answer: LogLine };
  /**
   * A stream of what somebody at a console reads, until the process ends: of a command, or (null) of the container itself. What is
   * typed the node asks back for, with `console.input`. Whoever cancels the stream hangs up.
   */
  'console.open': {
    body: {
      id: string;
      console: string;
      command: readonly string[] | null;
      terminal: TerminalSize | null;
    };
    answer: null;
  };
  /** How the process at the other end of a console that has ended did; null = nobody knows. Asked once. */
  'console.ended': { body: { console: string }; answer: { exitCode: number | null } };
  /** Of a console, or (null) of the container's own terminal. */
  'console.resize': { body: { id: string; console: string | null; size: TerminalSize }; answer: null };
  /** A stream: a path of a container as tar. */
  'container.get-archive': { body: { id: string; path: string; maxBytes: number }; answer: ArchiveStat };
  /** Unpacks a tar, which the node reads with `archive.open` while it answers. */
  'container.put-archive': {
    body: { id: string; path: string; archive: string; maxBytes: number; timeoutSeconds: number };
    answer: null;
  };
  /** A stream: the container as an image archive. It is paused as long as its files are read. */
  'container.commit': { body: { id: string; name: string; maxBytes: number }; answer: null };
  /** A stream of bytes that a copy under way sends. */
  'copy.open': { body: CopyRange; answer: null };
  /** A stream of JSON: the manifest of the backup that a copy under way has made. */
  'copy.manifest': { body: { copy: string }; answer: BackupManifest };
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
  /** The login for the image of a container, or for an image, that is on this node; null = none is known. For that pull alone. */
  'registry.login': {
    body: { container: string };
    answer: { readonly username: string; readonly password: string } | null;
  };
  /** A secret that a container on this node is to have, in base64. For its start alone: never stored, never logged. */
  'secret.get': {
    body: { readonly container: string; readonly secret: string };
    answer: { readonly payload: string };
  };
  /** A stream: the tar of a `container.put-archive` that is being answered. */
  'archive.open': { body: { archive: string }; answer: null };
  /** What the node's volume backends have now, and which runtimes it offers, from time to time. */
  'node.backends': {
    body: Pick<NodeDescription, 'volumeBackends' | 'runtimeDetails'> & { runtimes?: readonly string[] };
    answer: null;
  };
  /**
   * What follows is asked for a copy that is desired on this node, by the copy's id: it tells which backup or image is meant. Bytes
   * do not travel in the question: while control answers it, it reads them with `copy.open`, under flow control.
   * Which of these pieces of a backup are not kept yet. SHA-256, hex; at most 1,000.
   */
  'backup.missing': {
    body: { copy: string; digests: readonly string[] };
    answer: { digests: readonly string[] };
  };
  /** Keep this piece; it is durable when the answer comes. */
  'backup.put': { body: CopyRange & { digest: string }; answer: null };
  /** Ends a backup: control reads its manifest with `copy.manifest`, and the backup exists when the answer comes. */
  'backup.finish': { body: { copy: string }; answer: null };
  /** A stream of JSON: the manifest of a backup that a desired volume of this node begins with, or a desired copy builds on. */
  'backup.manifest': { body: { id: string }; answer: null };
  /** A stream of the pieces of a backup, in order, those of zeros left out, from piece number `from`. */
  'backup.open': { body: { id: string; from: number }; answer: null };
  /** Data of an image that control has prepared, in order; the answer tells what it has now. */
  'image.append': { body: CopyRange; answer: { offset: number } };
  'image.finish': { body: { copy: string; size: number }; answer: null };
  /** A stream of what is typed at a console that this node has just been asked to open. */
  'console.input': { body: { console: string }; answer: null };
  /** What a workload on this node asked of the metadata service; `portId` tells who it is. */
  'metadata.get': {
    body: { portId: string; request: Omit<MetadataRequest, 'networkId'> };
    answer: MetadataAnswer;
  };
}

/** Some of the bytes that a copy sends. At most 16 MiB. */
export interface CopyRange {
  readonly copy: string;
  readonly offset: number;
  readonly bytes: number;
}
