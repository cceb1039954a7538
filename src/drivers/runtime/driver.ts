import type { Duplex, Readable } from 'node:stream';

/**
 * What a container runtime must do. Verbs are idempotent: repeating one that has already taken effect succeeds.
 * A driver knows no HTTP, database or tenant; it receives a finished spec and hands out a handle of plain JSON that
 * the node stores and gives back after its own restart.
 */
export interface RuntimeDriver {
  readonly name: string;
  describe(): RuntimeDescription;
  /** Looks whether this machine can run it. Never throws. */
  probe(): Promise<RuntimeProbe>;
  /**
   * Makes the workload's root file system, bundle and cgroup, but starts nothing. Same `spec.id`, same handle.
   * @throws CloudError `bad-request` for a destination of a mount that is not allowed
   */
  ensure(spec: WorkloadSpec): Promise<RuntimeHandle>;
  /** Runs the workload's process. A running one stays as it is; an exited one runs again with an empty exit code. */
  start(handle: RuntimeHandle): Promise<void>;
  /** Sends the stop signal, then SIGKILL after `timeoutSeconds`. Resolves when the process is gone. */
  stop(handle: RuntimeHandle, timeoutSeconds: number): Promise<void>;
  /** Kills what runs and takes away every trace: process, cgroup, mount, file. */
  remove(handle: RuntimeHandle): Promise<void>;
  /** @returns what is true now; `absent` for a handle whose workload does not exist. */
  inspect(handle: RuntimeHandle): Promise<WorkloadState>;
  /**
   * After a restart of the node: watch this workload again, so that its exit is seen, also one in between. Ends the commands that the
   * node before ran in it: nobody hears them any more.
   */
  recover(handle: RuntimeHandle): Promise<WorkloadState>;
  /** Every change of state from now on, until the signal aborts. No polling. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /** @throws CloudError `conflict` when it is not running. */
  stats(handle: RuntimeHandle): Promise<WorkloadStats>;
  /** The same without a look at how fast it goes: at once, and cheap enough to be asked of every workload now and then. @throws CloudError `conflict` */
  usage(handle: RuntimeHandle): Promise<WorkloadUsage>;
  /** Lets go of watchers and file descriptors; workloads keep running. */
  close(): Promise<void>;

  /** Whether what is confidential stays in memory where the spec says so: without it, it is not given any such. */
  readonly confidential?: boolean;
  /** Takes volumes as block devices, and mounts them in the machine that a workload has of its own: it is given no `DirectoryMount`. */
  readonly disks?: true;
  readonly exec?: ExecAbility;
  readonly signal?: SignalAbility;
  readonly pause?: PauseAbility;
  readonly top?: TopAbility;
  readonly logs?: LogAbility;
  readonly attach?: AttachAbility;
  readonly archive?: ArchiveAbility;
  readonly commit?: CommitAbility;
  readonly resize?: ResizeAbility;
  readonly copies?: CopiesAbility;
  readonly interfaces?: InterfacesAbility;
}

/** Of a driver whose workloads do not live in the network namespace that they are given, but take over what is in it. */
export interface InterfacesAbility {
  /**
   * Takes over what was put into the namespace of a running workload, or taken out, since it was started. As often as one likes.
   * @throws CloudError `conflict` when that has to wait for its next start, or it does not run
   */
  follow(handle: RuntimeHandle): Promise<void>;
}

export interface ExecAbility {
  /** Runs a command beside the workload's process, with its namespaces, cgroup, user and environment. Output of both streams in order of arrival. */
  run(handle: RuntimeHandle, request: ExecRequest): Promise<ExecOutcome>;
  /**
   * Runs a command that somebody talks to. It lives no longer than its console. A program that is not there ends at once with 127 or
   * 126 and says why.
   * @throws CloudError `conflict` when the workload is paused or does not run.
   */
  open?(handle: RuntimeHandle, command: InteractiveCommand): Promise<Console>;
}

export interface AttachAbility {
  /**
   * Joins the workload's own input and output from now on. Leaving changes nothing for the workload, any number may join, and whoever
   * reads too slowly misses something instead of holding it up. The output ends with the workload's process.
   * @throws CloudError `conflict` when it does not run.
   */
  join(handle: RuntimeHandle): Promise<Console>;
  /** Of the workload's terminal. @throws CloudError `bad-request` when it has none; `conflict` when it does not run. */
  resize(handle: RuntimeHandle, size: TerminalSize): Promise<void>;
}

/** A line to a process, with flow control both ways. */
export interface Console {
  /** Read: what the process writes, until its end. Written: its input; ending it is the end of the input. Destroying it hangs up. */
  readonly stream: Duplex;
  /** Does nothing where there is no terminal, or no process any more. */
  resize(size: TerminalSize): Promise<void>;
  /** The exit code, once the process has ended; null when it goes on without us, or nobody knows. Never rejects. */
  readonly ended: Promise<number | null>;
}

export interface InteractiveCommand {
  readonly args: readonly string[];
  /** A terminal of this size at first; null = pipes, output and errors in order of arrival. */
  readonly terminal: TerminalSize | null;
}

/** In characters, each at least 1. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export interface SignalAbility {
  /** @param name a POSIX name with SIG, such as `SIGHUP`. */
  send(handle: RuntimeHandle, name: string): Promise<void>;
}

export interface PauseAbility {
  pause(handle: RuntimeHandle): Promise<void>;
  resume(handle: RuntimeHandle): Promise<void>;
}

export interface TopAbility {
  /** @param psArgs options for ps(1), such as `-eo pid,args`; null = `-ef`. */
  list(handle: RuntimeHandle, psArgs: string | null): Promise<ProcessTable>;
}

export interface LogAbility {
  /** Lines in order, each whole. Also of a stopped workload. */
  read(handle: RuntimeHandle, query: LogQuery): AsyncIterable<LogLine>;
  /** The same, and then each line as it is written, until the signal aborts or the workload's process has ended. */
  follow?(handle: RuntimeHandle, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
}

/**
 * Files in and out of a workload that is there, whether it runs or not, as tar; also of what is mounted while it runs. Links are followed as
 * the workload would follow them: nothing outside of its root file system is ever touched, whatever the workload does meanwhile.
 */
export interface ArchiveAbility {
  /**
   * The file, link or directory at an absolute path, under its base name; of a directory all that is in it. Only a path that ends
   * with `/` or `/.` has its last link followed.
   * @throws CloudError `not-found` for a path that is not there; `too-large`
   */
  get(handle: RuntimeHandle, path: string, limits: ArchiveLimits): Promise<ArchiveContent>;
  /**
   * Unpacks a tar into the directory at an absolute path. What comes before a refused member stays.
   * @throws CloudError `not-found` without such a directory; `bad-request` for damage, for names that are absolute or climb, for what is no
   * file, directory or link; `conflict` for what cannot be replaced; `too-large`
   */
  put(handle: RuntimeHandle, path: string, upload: ArchiveUpload): Promise<void>;
}

export interface ArchiveLimits {
  /** Of the content of all files. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export interface ArchiveUpload {
  readonly tar: AsyncIterable<Uint8Array>;
  readonly limits: ArchiveLimits;
}

export interface ArchiveContent {
  readonly stat: ArchiveStat;
  /** To be read to its end or destroyed. */
  readonly tar: Readable;
}

/** A path, as Docker tells of it. */
export interface ArchiveStat {
  readonly name: string;
  readonly size: number;
  /** As Go counts: permissions below, 2^31 for a directory, 2^27 for a link, … */
  readonly mode: number;
  /** ISO-8601. */
  readonly mtime: string;
  /** Absolute, in the workload; '' for what is no link. */
  readonly linkTarget: string;
}

export interface CommitAbility {
  /**
   * All of the workload's root file system as one tar, such as an image's only layer: what is mounted in it is left out. What runs is at
   * rest, unseen by `events`, until the stream ends or is destroyed.
   * @throws CloudError `not-found`; the stream fails with `too-large`
   */
  layer(handle: RuntimeHandle, limits: ArchiveLimits): Promise<Readable>;
}

export interface ResizeAbility {
  /** From now on, while it runs and at later starts. @throws CloudError `conflict` when the workload uses more memory than that. */
  apply(handle: RuntimeHandle, resources: WorkloadResources): Promise<void>;
}

/** Of a runtime that keeps copies of layers, because it cannot use them where they are. */
export interface CopiesAbility {
  /** Takes away the copies of layers that are no longer on this machine. */
  sweep(): Promise<void>;
}

export interface RuntimeDescription {
  /** The OCI or hypervisor name users ask for in `runtime`. */
  readonly name: string;
  readonly version: string;
}

export interface RuntimeProbe {
  readonly usable: boolean;
  /** Why not, and what mends it. */
  readonly reason?: string;
  /** What users and operators should know of how it works here: such as how machines are accelerated, and why so. */
  readonly details?: RuntimeDetails;
}

/** By name, in words. */
export type RuntimeDetails = Readonly<Record<string, string>>;

/** Everything a runtime needs to run one workload. Paths are absolute and on this machine. */
export interface WorkloadSpec {
  /** UUID; outside names (cgroup, bundle, mount) derive from it. */
  readonly id: string;
  /** Unpacked image layers, lowest first, read-only and shared. */
  readonly layers: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether there are secrets in `env`, or, with `disks`, in `files`: they lie on no disk then, and are gone when the machine is. Absent = no. */
  readonly confidential?: boolean;
  readonly workdir: string;
  /** As in an image config: `uid`, `user`, `uid:gid` or `user:group`; names are looked up in the image. '' = root. */
  readonly user: string;
  readonly hostname: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Whether the end of what a console types is the end of its input, as with Docker's StdinOnce. Absent = others may go on typing. */
  readonly stdinOnce?: boolean;
  readonly privileged: boolean;
  /** Path of the network namespace to join. */
  readonly netns: string;
  /** Files written for this workload and bound over the root file system: `/etc/hosts`, `/etc/resolv.conf`, … */
  readonly files: readonly WorkloadFile[];
  /** Directories, files or block devices of this machine that the workload has at these places, below `files`; absent = none. */
  readonly mounts?: readonly WorkloadMount[];
  readonly resources: WorkloadResources;
  readonly stopSignal: string;
  readonly log: WorkloadLog;
}

export interface WorkloadLog {
  /** Of one file where `maxFiles` says how many there are; else what the driver makes of it. */
  readonly maxBytes: number;
  /** That one in which is written and older ones; absent = as many as the driver keeps. */
  readonly maxFiles?: number;
  /** Whether nothing of what it writes is kept. Absent = no. */
  readonly silent?: boolean;
}

export interface WorkloadFile {
  readonly path: string;
  /** Base64. */
  readonly content: string;
  readonly mode: number;
  /** Absent = root's. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Must be there at each start, not yet when the workload is made. A link of the image on the way to `destination` stays in the image. */
export type WorkloadMount = DirectoryMount | DeviceMount;

interface Mounted {
  /** In the workload; see `kernel/destinations.ts` for what is refused. */
  readonly destination: string;
  readonly readOnly: boolean;
}

/** A directory or file of this machine, bound into the workload. */
export interface DirectoryMount extends Mounted {
  readonly source: string;
}

/**
 * For a driver with `disks`: a block device of this machine, which has it mounted nowhere and gives it to nobody else meanwhile. Mounts of
 * one `path` are one disk of the workload's machine, which can write to it only where one of them is not `readOnly`.
 */
export interface DeviceMount extends Mounted {
  readonly device: MountedDevice;
}

export interface MountedDevice {
  readonly path: string;
  /** That is on it: `ext4` also for its elders. What an unclean end left in its journal may be there still. */
  readonly fileSystem: 'ext4' | 'xfs';
  /** A directory of it that is mounted in its place, relative, without `..`; absent = all. */
  readonly subpath?: string;
}

export interface WorkloadResources {
  /** Cores, fractions allowed; null = no limit. */
  readonly cpu: number | null;
  /** MiB; null = no limit. */
  readonly memory: number | null;
  readonly pids: number;
  /** What it may write to its root, in GiB; absent or null = as much as there is. Stays as it was made. */
  readonly disk?: number | null;
  /** The cores it may use; absent or null = all. */
  readonly cpuset?: CpuSet | null;
}

export interface CpuSet {
  readonly cpus: readonly number[];
  /** NUMA nodes of its memory; empty = all. */
  readonly mems: readonly number[];
}

/** Plain JSON, versioned by the driver that made it. */
export interface RuntimeHandle {
  readonly runtime: string;
  readonly id: string;
  readonly version: number;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

export type WorkloadStatus = 'created' | 'running' | 'paused' | 'stopped' | 'absent';

export interface WorkloadState {
  readonly status: WorkloadStatus;
  /** Process id on the host, while running or paused. */
  readonly pid: number | null;
  /** Exit code of the last run, 128+n for signal n; null before the first end. */
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** ISO-8601. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** What a look at a workload shows that does not exist. */
export const ABSENT: WorkloadState = {
  status: 'absent',
  pid: null,
  exitCode: null,
  oomKilled: false,
  startedAt: null,
  finishedAt: null,
};

export interface RuntimeEvent {
  readonly id: string;
  readonly state: WorkloadState;
}

export interface WorkloadStats extends WorkloadUsage {
  /** Percent of one core over the driver's last short interval. */
  readonly cpuPercent: number;
}

export interface WorkloadUsage {
  /** Nanoseconds of CPU used since the start. */
  readonly cpuNanos: number;
  /** Bytes. */
  readonly memoryUsed: number;
  readonly memoryLimit: number | null;
  readonly blockRead: number;
  readonly blockWritten: number;
  readonly netReceived: number;
  readonly netSent: number;
  readonly pids: number;
}

export interface ExecRequest {
  readonly args: readonly string[];
  readonly timeoutSeconds: number;
  /** Bytes of output kept. */
  readonly maxOutput: number;
}

export interface ExecOutcome {
  readonly output: string;
  readonly exitCode: number;
}

export interface ProcessTable {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}

export interface LogQuery {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Last n lines; null = all. */
  readonly tail: number | null;
  /** ISO-8601; lines after it. */
  readonly since: string | null;
}

export interface LogLine {
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
