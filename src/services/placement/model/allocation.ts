import type { CpuSet, ResourceAmounts } from '../port.ts';

/** What one consumer holds of one host. */
export interface Allocation {
  readonly consumer: string;
  readonly host: string;
  readonly projectId: string;
  readonly userId: string;
  readonly resources: ResourceAmounts;
  /** Processors that it has to itself. */
  readonly cpuset: CpuSet | null;
  readonly createdAt: string;
}

export const NOTHING: ResourceAmounts = { cpu: 0, memory: 0, disk: 0 };

export const sum = (amounts: readonly ResourceAmounts[]): ResourceAmounts =>
  amounts.reduce(
    (a, b) => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory, disk: a.disk + b.disk }),
    NOTHING,
  );
