import { readFile } from 'node:fs/promises';
import type { WorkloadUsage } from '../driver.ts';
import { parseNetDev, working } from '../measures.ts';
import type { Cgroups } from './cgroup.ts';

/** A v1 group without a limit says a number near 2^63. */
const NO_LIMIT = 2 ** 60;

/** What the workload has used until now, out of its control group and its network namespace. */
export async function readUsage(cgroups: Cgroups, id: string, pid: number): Promise<WorkloadUsage> {
  const [own, net] = await Promise.all([
    cgroups.hierarchy.version === 2 ? usageV2(cgroups, id) : usageV1(cgroups, id),
    readFile(`/proc/${pid}/net/dev`, 'utf8').then(parseNetDev, () => ({ netReceived: 0, netSent: 0 })),
  ]);
  return { ...own, ...net };
}

type GroupUsage = Omit<WorkloadUsage, 'netReceived' | 'netSent'>;

async function usageV1(cgroups: Cgroups, id: string): Promise<GroupUsage> {
  const [cpu, used, limit, memory, io, pids] = await Promise.all([
    cgroups.read(id, 'cpuacct', 'cpuacct.usage'),
    cgroups.read(id, 'memory', 'memory.usage_in_bytes'),
    cgroups.read(id, 'memory', 'memory.limit_in_bytes'),
    cgroups.read(id, 'memory', 'memory.stat'),
    cgroups.read(id, 'blkio', 'blkio.throttle.io_service_bytes_recursive'),
    cgroups.read(id, 'pids', 'pids.current'),
  ]);
  return {
    cpuNanos: number(cpu),
    memoryUsed: working(number(used), field(memory, 'total_inactive_file')),
    memoryLimit: number(limit) >= NO_LIMIT ? null : number(limit),
    blockRead: sum(io, /^\d+:\d+ Read (\d+)$/gm),
    blockWritten: sum(io, /^\d+:\d+ Write (\d+)$/gm),
    pids: number(pids),
  };
}

async function usageV2(cgroups: Cgroups, id: string): Promise<GroupUsage> {
  const [cpu, used, limit, memory, io, pids] = await Promise.all([
    cgroups.read(id, 'cpu', 'cpu.stat'),
    cgroups.read(id, 'memory', 'memory.current'),
    cgroups.read(id, 'memory', 'memory.max'),
    cgroups.read(id, 'memory', 'memory.stat'),
    cgroups.read(id, 'io', 'io.stat'),
    cgroups.read(id, 'pids', 'pids.current'),
  ]);
  return {
    cpuNanos: field(cpu, 'usage_usec') * 1000,
    memoryUsed: working(number(used), field(memory, 'inactive_file')),
    memoryLimit: limit === undefined || limit.startsWith('max') ? null : number(limit),
    blockRead: sum(io, /\brbytes=(\d+)/g),
    blockWritten: sum(io, /\bwbytes=(\d+)/g),
    pids: number(pids),
  };
}

const number = (text: string | undefined): number => Number(text?.trim() || 0);

const field = (text: string | undefined, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1] ?? 0);

const sum = (text: string | undefined, pattern: RegExp): number =>
  [...(text ?? '').matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
