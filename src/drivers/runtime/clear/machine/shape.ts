import type { WorkloadResources } from '../../driver.ts';

/** What of a machine is fixed when its template boots: each shape in use has a template. */
export interface MachineShape {
  /** MiB. */
  readonly memory: number;
  readonly cpus: number;
  /** Disks beside the root's three: see `rootDisks`. */
  readonly disks: number;
  readonly interfaces: number;
}

/** The guest's kernel and agent, beside the workload's own limit. MiB. */
const OVERHEAD = 64;
/** How far a limit can be raised while it runs: memory that nobody uses costs nothing. */
const GROWTH = 2;
/** MiB of a workload without a limit: it has the machine to itself. */
const UNLIMITED = 512;
const MEMORIES = [128, 192, 256, 384, 512, 768] as const;
const MOST_CPUS = 8;
const SLOTS = [0, 2, 6, 14] as const;

/** The smallest shape that holds the workload. Few shapes, since each costs a boot and its memory. */
export function shapeFor(
  { cpu, memory }: Pick<WorkloadResources, 'cpu' | 'memory'>,
  parts: { readonly disks: number; readonly interfaces: number },
): MachineShape {
  return {
    memory: memoryFor(memory === null ? UNLIMITED : Math.ceil(memory) * GROWTH + OVERHEAD),
    cpus: Math.min(MOST_CPUS, Math.max(1, Math.ceil(cpu ?? 1))),
    disks: SLOTS.find((slots) => slots >= parts.disks) ?? parts.disks,
    interfaces: parts.interfaces,
  };
}

/** Whether a workload of other limits may go on in a machine of this shape. */
export const fitsIn = (
  shape: MachineShape,
  { cpu, memory }: Pick<WorkloadResources, 'cpu' | 'memory'>,
): boolean => (memory === null || memory + OVERHEAD <= shape.memory) && Math.ceil(cpu ?? 1) <= shape.cpus;

/** Powers of two and the halves between them from 1 GiB on. */
function memoryFor(needed: number): number {
  const small = MEMORIES.find((memory) => memory >= needed);
  if (small !== undefined) return small;
  let memory = 1024;
  while (memory < needed) memory = memory * 1.5 >= needed ? memory * 1.5 : memory * 2;
  return memory;
}

export const shapeName = ({ memory, cpus, disks, interfaces }: MachineShape): string =>
  `${memory}m-${cpus}c-${disks}d-${interfaces}n`;
