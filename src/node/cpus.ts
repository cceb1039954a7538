import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CpuSet, WorkloadResources } from '#drivers/runtime/driver.ts';
import { badRequest } from '#kernel/errors.ts';

/** The machine's processors: those of which containers may have some to themselves, and those that all others share. */
export interface NodeCpus {
  /** By NUMA node; empty = none is given away whole. */
  readonly dedicated: readonly CpuSet[];
  /** Null = all of them. */
  readonly shared: CpuSet | null;
}

export const ALL_SHARED: NodeCpus = { dedicated: [], shared: null };

const NODES = '/sys/devices/system/node';

/** @param list `node.dedicatedCpus`, as the kernel writes lists: `2-5,8`. @throws CloudError `bad-request` for what is not there */
export async function divideCpus(list: string | undefined): Promise<NodeCpus> {
  if (list === undefined || list === '') return ALL_SHARED;
  return divide(parseCpuList(list), await numaNodes());
}

/** Pure. */
export function divide(wanted: readonly number[], numa: readonly CpuSet[]): NodeCpus {
  const all = numa.flatMap(({ cpus }) => cpus);
  const strange = wanted.filter((cpu) => !all.includes(cpu));
  if (strange.length > 0)
    throw badRequest(`node.dedicatedCpus: this machine has no CPU ${strange.join(', ')}.`);
  const shared = all.filter((cpu) => !wanted.includes(cpu));
  if (shared.length === 0)
    throw badRequest('node.dedicatedCpus: one CPU at least must be left for all others.');
  const part = ({ cpus, mems }: CpuSet) => ({ cpus: cpus.filter((cpu) => wanted.includes(cpu)), mems });
  return {
    dedicated: numa.map(part).filter(({ cpus }) => cpus.length > 0),
    shared: { cpus: shared, mems: [] },
  };
}

/** Whoever has no processors of its own is kept off those that others have. */
export const withCpus = (resources: WorkloadResources, { shared }: NodeCpus): WorkloadResources =>
  shared === null ? resources : { ...resources, cpuset: resources.cpuset ?? shared };

async function numaNodes(): Promise<CpuSet[]> {
  const names = (await readdir(NODES).catch(() => [])).filter((name) => /^node\d+$/.test(name));
  const found = names.map(async (name) => ({
    cpus: parseCpuList((await readFile(join(NODES, name, 'cpulist'), 'utf8')).trim()),
    mems: [Number(name.slice(4))],
  }));
  const nodes = (await Promise.all(found)).filter(({ cpus }) => cpus.length > 0);
  return nodes.length > 0
    ? nodes
    : [{ cpus: Array.from({ length: availableParallelism() }, (_, cpu) => cpu), mems: [] }];
}

/** `0-2,4` → 0, 1, 2, 4. @throws CloudError `bad-request` */
export function parseCpuList(text: string): number[] {
  const parts = text.split(',').map((part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (first === undefined || Number(last) < Number(first))
      throw badRequest(`'${text}' is no list of CPUs.`);
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at);
  });
  return [...new Set(parts.flat())].toSorted((a, b) => a - b);
}
