import type { NetworkProbe } from '#drivers/network/driver.ts';
import type { CpuSet, RuntimeDetails } from '#drivers/runtime/driver.ts';

/** A node's inventory. Sizes in MiB and GiB. */
export interface NodeDescription {
  readonly hostname: string;
  /** Where other nodes send what is for workloads here: `node.address`, or the address from which it dials control. */
  readonly address?: string;
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  readonly architecture: string;
  readonly osType: string;
  readonly os: string;
  readonly kernelVersion: string;
  readonly runtimes: readonly string[];
  /** By the runtime's name; of those alone that have something to tell. */
  readonly runtimeDetails?: Readonly<Record<string, RuntimeDetails>>;
  readonly networkDriver: string;
  /** Kinds of segments that it is configured for and cannot carry: why not. */
  readonly networkLacks?: NonNullable<NetworkProbe['lacks']>;
  readonly volumeBackends: readonly VolumeBackend[];
  readonly labels: Readonly<Record<string, string>>;
  /** Processors that containers may have to themselves, by NUMA node; absent = none. */
  readonly dedicatedCpus?: readonly CpuSet[];
}

/** Where the node keeps volumes. GiB. */
export interface VolumeBackend {
  readonly name: string;
  readonly total: number;
  readonly free: number;
  readonly thin: boolean;
}
