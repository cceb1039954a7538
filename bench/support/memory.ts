import { readFile } from 'node:fs/promises';

/** Megabytes: all pages that a process maps, and its share of those that others map, too. */
export async function memoryOf(pid: number): Promise<{ rss: number; pss: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return { rss: megabytes(text, 'Rss'), pss: megabytes(text, 'Pss') };
}

/** Megabytes that the kernel holds for itself: of the whole machine. */
export async function kernelMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return ['SUnreclaim', 'KernelStack', 'PageTables', 'Percpu']
    .map((field) => megabytes(text, field))
    .reduce((sum, value) => sum + value, 0);
}

const megabytes = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1000;
