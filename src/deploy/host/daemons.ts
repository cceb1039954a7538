import { join } from 'node:path';
import type { HostPaths } from './paths.ts';
import { listProcesses, type ProcessInfo } from './processes.ts';

export type DaemonName = 'control' | 'node';

/** In the order they start; they stop the other way round. */
export const DAEMONS: readonly DaemonName[] = ['control', 'node'];

/** This checkout's program, as the supervisors start it. */
const MAIN = join(import.meta.dirname, '../../main.ts');

export const daemonCommand = (name: DaemonName, paths: HostPaths): readonly string[] => [
  process.execPath,
  MAIN,
  name,
  '--config',
  paths.config,
];

/** Keeps daemons running on this machine. */
export interface Supervisor {
  /** Whether the daemon is meant to run, and will be started again when it dies. */
  watches(name: DaemonName): Promise<boolean>;
  /** Idempotent. A daemon that lost its supervisor is ended and started anew under one. */
  start(name: DaemonName): Promise<void>;
  /** Ends the daemon and its supervision. Idempotent. Resolves when both are gone. */
  stop(name: DaemonName): Promise<void>;
  /** Where its log is read, for people. */
  logHint(name: DaemonName): string;
}

/** The daemon's processes: found by their command, because process ids are used again and pid files lie. */
export async function findDaemons(name: DaemonName, paths: HostPaths): Promise<readonly ProcessInfo[]> {
  return (await listProcesses()).filter((process) => isDaemon(process.args, name, paths));
}

/** `node …/src/main.ts NAME --config OURS`, whichever Node.js and checkout it comes from. */
export const isDaemon = (args: readonly string[], name: DaemonName, paths: HostPaths): boolean =>
  (args[1]?.endsWith('/main.ts') ?? false) &&
  args[2] === name &&
  args[3] === '--config' &&
  args[4] === paths.config;
