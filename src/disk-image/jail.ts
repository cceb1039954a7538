import { exec, type ExecResult } from '#kernel/exec.ts';

export interface Jail {
  /** Files of the machine by their paths inside; all else but the programs themselves is hidden. */
  readonly read: Readonly<Record<string, string>>;
  readonly write?: Readonly<Record<string, string>>;
  readonly limits: JailLimits;
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: Buffer) => void;
}

export interface JailLimits {
  /** Bytes of address space. */
  readonly memory: number;
  /** Seconds of processor time. */
  readonly cpu: number;
  /** Seconds altogether. */
  readonly time: number;
  /** Bytes that a written file may have. */
  readonly fileSize: number;
}

/** No file system but programs and libraries, no network, no other process, no privilege, whoever the caller is. */
const WALLS = [
  ['--unshare-all', '--die-with-parent', '--new-session'],
  ['--cap-drop', 'ALL', '--clearenv', '--setenv', 'LC_ALL', 'C'],
  ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin'],
  ['--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64'],
  ['--dev', '/dev', '--tmpfs', '/tmp'],
].flat();

/**
 * Runs a program on files of a stranger. Ends with the caller, with the signal or by its limits.
 * @throws ExecError as `exec` does
 */
export function execInJail(command: readonly string[], jail: Jail): Promise<ExecResult> {
  const { memory, cpu, fileSize, time } = jail.limits;
  const limits = [`--as=${memory}`, `--cpu=${cpu}`, `--fsize=${fileSize}`, '--core=0', '--nofile=64'];
  const files = [...binds('--ro-bind', jail.read), ...binds('--dev-bind', jail.write ?? {})];
  return exec('prlimit', [...limits, '--', 'bwrap', ...WALLS, ...files, '--', ...command], {
    timeout: time * 1000,
    maxOutput: 1 << 16,
    ...(jail.signal && { signal: jail.signal }),
    ...(jail.onOutput && { onOutput: jail.onOutput }),
  });
}

const binds = (option: string, files: Readonly<Record<string, string>>): string[] =>
  Object.entries(files).flatMap(([inside, outside]) => [option, outside, inside]);
