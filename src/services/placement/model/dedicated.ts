import type { CpuSet, NodeInfo } from '../port.ts';

/** What is left of a node's dedicated processors, by NUMA node. */
export function freeDedicated({ dedicatedCpus = [], takenCpus = [] }: NodeInfo): CpuSet[] {
  const left = dedicatedCpus.map(({ cpus, mems }) => ({
    cpus: cpus.filter((cpu) => !takenCpus.includes(cpu)),
    mems,
  }));
  return left.filter(({ cpus }) => cpus.length > 0);
}

/** So many processors of one NUMA node: of that which has just enough, so that larger rests stay whole. undefined = none has. */
export function pickDedicated(node: NodeInfo, count: number): CpuSet | undefined {
  const [best] = freeDedicated(node)
    .filter(({ cpus }) => cpus.length >= count)
    .toSorted((a, b) => a.cpus.length - b.cpus.length);
  return best && { cpus: best.cpus.slice(0, count), mems: best.mems };
}

export const dedicatedCount = ({ dedicatedCpus = [] }: Pick<NodeInfo, 'dedicatedCpus'>): number =>
  dedicatedCpus.reduce((sum, { cpus }) => sum + cpus.length, 0);
