import type { Readable } from 'node:stream';
import type { Clock } from '#kernel/clock.ts';
import type {
  ArchiveContent,
  ArchiveLimits,
  ArchiveUpload,
  Console,
  ExecOutcome,
  ExecRequest,
  InteractiveCommand,
  ProcessTable,
  RuntimeProbe,
  WorkloadResources,
  WorkloadSpec,
  WorkloadState,
  WorkloadUsage,
} from '../driver.ts';
import type { Cgroups } from './cgroup.ts';
import type { HandleData } from './handle.ts';
import type { HostLayout, WorkloadLayout } from './layout.ts';

/** What an engine is given when it is opened. */
export interface EngineHost {
  readonly layout: HostLayout;
  readonly cgroups: Cgroups;
  readonly clock: Clock;
}

/** One workload, ready to be acted on. */
export interface EngineTarget {
  readonly id: string;
  readonly paths: WorkloadLayout;
}

/** One that is there, and what it does now. */
export interface EngineView extends EngineTarget {
  readonly state: WorkloadState;
}

/** One that runs, or is paused. */
export interface EnginePlace extends EngineTarget {
  readonly pid: number;
}

/**
 * What makes a workload below conmon: an OCI runtime, and all that depends on where its processes are. The rest is the same for
 * each: log, input, exit code, control group, states, events. See `ConmonRuntime`, which calls one verb at a time per workload.
 */
export interface Engine {
  readonly name: string;
  /** As `RuntimeDriver.disks`. */
  readonly disks?: true;
  /** Whether this machine can run it. Never throws. */
  probe(): Promise<RuntimeProbe>;
  /** Before all else; again after a failure. @returns its version */
  open(host: EngineHost): Promise<string>;
  close(): Promise<void>;
  /** The OCI runtime, as conmon is told it: a program and its first arguments. */
  runtimeCommand(): readonly [string, ...string[]];
  /** Makes root and bundle of a workload that does not run; `config` is written last. Goes on from wherever an earlier attempt was stopped. */
  make(target: EngineTarget, spec: WorkloadSpec): Promise<void>;
  /** Before each start: mounts, files, whatever the runtime needs beside the bundle. */
  prepare(target: EngineTarget, handle: HandleData): Promise<void>;
  /** After each start, before anybody hears of it. */
  began(target: EngineTarget): Promise<void>;
  /** What a run that is over has left: never the bundle or what the workload wrote. */
  clear(target: EngineTarget): Promise<void>;
  /** All that lies outside of the workload's folder, or is mounted in it. */
  discard(target: EngineTarget): Promise<void>;
  /** Ends the workload's process at once and for sure. What it wrote stays. */
  kill(target: EngineTarget): Promise<void>;
  freeze(target: EngineTarget, frozen: boolean): Promise<void>;
  frozen(target: EngineTarget): Promise<boolean>;
  oomKilled(target: EngineTarget): Promise<boolean>;
  /** After a restart of the node. */
  recover(target: EngineTarget): Promise<void>;
  /** As `InterfacesAbility`. */
  followInterfaces?(place: EnginePlace): Promise<void>;
  resize(target: EngineView, resources: WorkloadResources): Promise<void>;
  usage(place: EnginePlace): Promise<WorkloadUsage>;
  processes(place: EnginePlace, psArgs: string | null): Promise<ProcessTable>;
  execute(place: EnginePlace, request: ExecRequest): Promise<ExecOutcome>;
  console(place: EnginePlace, command: InteractiveCommand): Promise<Console>;
  pack(view: EngineView, path: string, limits: ArchiveLimits): Promise<ArchiveContent>;
  unpack(view: EngineView, path: string, upload: ArchiveUpload): Promise<void>;
  layer(view: EngineView, limits: ArchiveLimits): Promise<Readable>;
  /** Takes away copies of layers that are no longer on this machine. */
  readonly sweep?: () => Promise<void>;
}
