import { readFile } from 'node:fs/promises';

/**
 * What a container may do: the field's default, so that images made for Docker run, and nothing above it.
 * Sources: capabilities(7), OCI runtime-spec config-linux, the kernel's Documentation/admin-guide/devices.txt.
 */
const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** All that the kernel knows, each at the place of its number. */
const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

/** Files of /proc and /sys that tell about the host or act on it: hidden. */
export const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
] as const;

export const READONLY_PATHS = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
] as const;

export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: 'a' | 'c' | 'b';
  readonly major?: number;
  readonly minor?: number;
  readonly access: string;
}

const character = (major: number, minor?: number): DeviceRule => ({
  allow: true,
  type: 'c',
  major,
  ...(minor === undefined ? {} : { minor }),
  access: 'rwm',
});

/** Nothing but making nodes (which stay unusable), then the harmless ones by number. */
export const DEVICE_RULES: readonly DeviceRule[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  character(1, 3), // null
  character(1, 5), // zero
  character(1, 7), // full
  character(1, 8), // random
  character(1, 9), // urandom
  character(5, 0), // tty
  character(5, 2), // ptmx
  character(136), // pts
];

export const EVERY_DEVICE: readonly DeviceRule[] = [{ allow: true, access: 'rwm' }];

/** What the node itself may do, and so may hand on. */
export interface HostRights {
  readonly capabilities: readonly string[];
  /** The hard limit of open files. */
  readonly openFiles: number;
}

export async function readHostRights(): Promise<HostRights> {
  const [status, limits] = await Promise.all([
    readFile('/proc/self/status', 'utf8'),
    readFile('/proc/self/limits', 'utf8'),
  ]);
  return parseHostRights(status, limits);
}

/** proc_pid_status(5) `CapBnd` and proc_pid_limits(5). */
export function parseHostRights(status: string, limits: string): HostRights {
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return {
    capabilities: CAPABILITIES.filter((_, number) => (bounding >> BigInt(number)) & 1n),
    openFiles: Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024),
  };
}

export const capabilitiesFor = (privileged: boolean, rights: HostRights): readonly string[] =>
  rights.capabilities.filter((name) => privileged || DEFAULT_CAPABILITIES.includes(name));

/** The same as bits, each at its number, for a kernel of the workload's own: what this machine's node may do does not matter there. */
export const capabilityMask = (privileged: boolean): bigint =>
  CAPABILITIES.reduce(
    (mask, name, number) =>
      privileged || DEFAULT_CAPABILITIES.includes(name) ? mask | (1n << BigInt(number)) : mask,
    0n,
  );

/** Capabilities by name as bits; unknown names are passed over. */
export const capabilityBits = (names: readonly string[]): bigint =>
  CAPABILITIES.reduce(
    (mask, name, number) => (names.includes(name) ? mask | (1n << BigInt(number)) : mask),
    0n,
  );
