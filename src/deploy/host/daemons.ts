import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import type { HostPaths } from './paths.ts';
import { listProcesses, type ProcessInfo } from './processes.ts';

export type DaemonName = 'control' | 'node';

/** In the order they start; they stop the other way round. */
export const DAEMONS: readonly DaemonName[] = ['control', 'node'];

/** This checkout's program, as the supervisors start it. */
const MAIN = join(import.meta.dirname, '../../main.ts');

/** Compiled modules; root's. */
export const COMPILE_CACHE = join(import.meta.dirname, '../../../.cache/compile');

/**
 * Keeps a daemon at half the memory: glibc's heap holds on to every password hash's 19 MiB and to what the start took
 * otherwise, and a daemon that strips and compiles its modules itself keeps the compiler for as long as it lives.
 */
const ENVIRONMENT = [
  'MALLOC_ARENA_MAX=1',
  'MALLOC_MMAP_THRESHOLD_=32768',
  `NODE_COMPILE_CACHE=${COMPILE_CACHE}`,
];

const PROGRAM = [
  '/usr/bin/env',
  ...ENVIRONMENT,
  process.execPath,
  '--max-semi-space-size=4',
  '--expose-gc', // for `releaseMemoryAtRest`
  MAIN,
];

export const daemonCommand = (name: DaemonName, paths: HostPaths): readonly string[] => [
  ...PROGRAM,
  name,
  '--config',
  paths.config,
];

/** Puts the daemons' modules into the compile cache, which holds for the same flags alone. */
export async function compileDaemons(): Promise<void> {
  const [program = '', ...args] = PROGRAM;
  await exec(program, [...args, 'compile']);
}

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

/** `node [FLAG…] …/src/main.ts NAME --config OURS`, whichever Node.js and checkout it comes from. */
export function isDaemon(args: readonly string[], name: DaemonName, paths: HostPaths): boolean {
  const [program, ...words] = args.slice(args.findIndex((arg, at) => at > 0 && !arg.startsWith('--')));
  return (
    (program?.endsWith('/main.ts') ?? false) &&
    words[0] === name &&
    words[1] === '--config' &&
    words[2] === paths.config
  );
}
