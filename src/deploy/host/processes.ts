import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { systemClock, type Clock } from '#kernel/clock.ts';

export interface ProcessInfo {
  readonly pid: number;
  readonly args: readonly string[];
}

/** Every process of this machine with its arguments. Those that end meanwhile are left out, kernel threads too. */
export async function listProcesses(): Promise<readonly ProcessInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(readProcess));
  return found.filter((process) => process !== undefined);
}

async function readProcess(pid: number): Promise<ProcessInfo | undefined> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line === '' ? undefined : { pid, args: line.replace(/\0$/, '').split('\0') };
}

/** Bytes resident, and seconds since the start; undefined when it has ended. */
export async function processUsage(
  pid: number,
): Promise<{ readonly rss: number; readonly uptime: number } | undefined> {
  try {
    const [stat, status, uptime] = await Promise.all(
      [`/proc/${pid}/stat`, `/proc/${pid}/status`, '/proc/uptime'].map((path) => readFile(path, 'utf8')),
    );
    return {
      rss: parseRss(status ?? ''),
      uptime: Math.max(0, Number.parseFloat(uptime ?? '') - parseStart(stat ?? '')),
    };
  } catch {
    return undefined;
  }
}

export const parseRss = (status: string): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;

/** Seconds from boot to the start of a process, from /proc/pid/stat; its name may hold spaces and brackets. */
export function parseStart(stat: string): number {
  const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that Node.js runs on
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[19] ?? 0) / TICKS_PER_SECOND;
}

/** A zombie is gone: what is left of it is its parent's affair. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

/** Asks processes to end, and after `graceMs` makes them. Resolves when all are gone. */
export async function endProcesses(
  pids: readonly number[],
  graceMs: number,
  clock: Clock = systemClock,
): Promise<void> {
  signal(pids, 'SIGTERM');
  if (await allGone(pids, graceMs, clock)) return;
  signal(pids.filter(isAlive), 'SIGKILL');
  await allGone(pids, 5_000, clock);
}

/** No event tells of the end of a process that is not our child, so this looks every few milliseconds. */
export async function allGone(
  pids: readonly number[],
  limitMs: number,
  clock: Clock = systemClock,
): Promise<boolean> {
  const deadline = clock.now().getTime() + limitMs;
  while (pids.some(isAlive)) {
    if (clock.now().getTime() >= deadline) return false;
    await clock.sleep(10);
  }
  return true;
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
    }
  }
}
