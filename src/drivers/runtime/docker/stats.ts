import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { ContainerStats } from 'dockerode';
import { parseNetDev, working } from '../measures.ts';
import type { WorkloadUsage } from '../driver.ts';
import type { Engine } from './engine.ts';
import { namesOf } from './handle.ts';

/** What the workload has used until now; of the network what its namespace counts, which is none of Docker's. */
export async function readUsage(engine: Engine, id: string, pid: number): Promise<WorkloadUsage> {
  const query = { stream: false, 'one-shot': true };
  const [told, net] = await Promise.all([
    engine.ask((docker) =>
      docker.getContainer(namesOf(id).workload).stats(query as object as { stream: false }),
    ),
    readFile(`/proc/${pid}/net/dev`, 'utf8').then(parseNetDev, () => ({ netReceived: 0, netSent: 0 })),
  ]);
  return { ...usageOf(told), ...net };
}

export function usageOf({
  cpu_stats,
  memory_stats,
  blkio_stats,
  pids_stats,
}: ContainerStats): Omit<WorkloadUsage, 'netReceived' | 'netSent'> {
  const { usage, limit, stats } = memory_stats;
  // Of control groups of version 1 and 2.
  const droppable = stats?.total_inactive_file ?? stats?.inactive_file ?? 0;
  const moved = (way: string) =>
    (blkio_stats?.io_service_bytes_recursive ?? [])
      .filter(({ op }: { op: string }) => op.toLowerCase() === way)
      .reduce((total: number, { value }: { value: number }) => total + value, 0);
  return {
    cpuNanos: cpu_stats.cpu_usage.total_usage,
    memoryUsed: working(usage, droppable),
    memoryLimit: limit === 0 || limit >= totalmem() ? null : limit,
    blockRead: moved('read'),
    blockWritten: moved('write'),
    pids: pids_stats?.current ?? 0,
  };
}
