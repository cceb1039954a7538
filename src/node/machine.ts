import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { arch, availableParallelism, freemem, hostname, loadavg, release, totalmem } from 'node:os';
import type { NodeDescription } from './description.ts';

/** What there is of this machine now, in Ciao's units. */
export interface MachineFigures {
  readonly memoryTotal: number;
  readonly memoryAvailable: number;
  readonly diskTotal: number;
  readonly diskAvailable: number;
  /** Of the last minute, rounded. */
  readonly load: number;
  readonly cpus: number;
}

const MIB = 2 ** 20;

/** @param directory lies on the disk that workloads write to. */
export async function readFigures(directory: string): Promise<MachineFigures> {
  const disk = await statfs(directory);
  return {
    memoryTotal: Math.floor(totalmem() / MIB),
    memoryAvailable: Math.floor((await availableMemory()) / MIB),
    diskTotal: Math.floor((disk.blocks * disk.bsize) / MIB),
    diskAvailable: Math.floor((disk.bavail * disk.bsize) / MIB),
    load: Math.round(loadavg()[0] ?? 0),
    cpus: availableParallelism(),
  };
}

/** Free memory and what the kernel would give back for the asking. */
async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

export type MachineDescription = Omit<
  NodeDescription,
  'runtimes' | 'runtimeDetails' | 'networkDriver' | 'volumeBackends' | 'labels'
>;

export async function describeMachine(directory: string): Promise<MachineDescription> {
  const figures = await readFigures(directory);
  return {
    hostname: hostname(),
    cpus: figures.cpus,
    memory: figures.memoryTotal,
    disk: Math.floor(figures.diskTotal / 1024),
    architecture: arch() === 'x64' ? 'x86_64' : arch() === 'arm64' ? 'aarch64' : arch(),
    osType: 'linux',
    os: osName(await readFile('/etc/os-release', 'utf8').catch(() => '')),
    kernelVersion: release(),
  };
}

/** From which of its addresses this machine talks to that host, without a word to it; undefined when there is no way. */
export async function addressTowards(host: string): Promise<string | undefined> {
  try {
    const { address, family } = await lookup(host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      socket.connect(DISCARD, address);
      await once(socket, 'connect');
      return socket.address().address;
    } finally {
      socket.close();
    }
  } catch {
    return undefined;
  }
}

const DISCARD = 9;

export const osName = (osRelease: string): string =>
  /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux';

const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]); // tmpfs, ramfs

/** For what must never be on a disk: `preferred` where that is in memory, else a place of its own below `/dev/shm`. */
export async function memoryDirectory(preferred: string): Promise<string> {
  const { type } = await statfs(preferred);
  return MEMORY_FILE_SYSTEMS.has(type)
    ? preferred
    : join('/dev/shm', preferred.replaceAll('/', '-').slice(1));
}

/** Another one after each start of the machine. */
export const readBootId = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
