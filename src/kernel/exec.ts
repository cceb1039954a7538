import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { CloudError } from './errors.ts';

export type { ChildProcess };

export interface ExecOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until SIGKILL; default 30 s. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Exit codes that are not failures; default `[0]`. */
  readonly okCodes?: readonly number[];
  /** Bytes kept of each output stream; what comes after is dropped. Default 1 MiB. */
  readonly maxOutput?: number;
  /** Told what the program prints on its standard output, as it does. */
  readonly onOutput?: (chunk: Buffer) => void;
}

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that ran and failed, or did not run. `stderr` is in the message, so reasons reach the user. */
export class ExecError extends CloudError {
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(command: string, exitCode: number | null, stderr: string, cause?: unknown) {
    const why =
      stderr.trim() || (exitCode === null ? 'it was killed or could not start' : `exit code ${exitCode}`);
    super('internal', `${command}: ${why}`, { cause });
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/**
 * Runs a program with an argument list, never a shell string, and returns what it printed.
 * @throws ExecError when it cannot start, is killed, times out, or exits with a code not in `okCodes`.
 */
export function exec(
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  const child = start(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...spawnOptions(options) });
  const limit = options.maxOutput ?? 1 << 20;
  const stdout = collect(child.stdout, limit);
  const stderr = collect(child.stderr, limit);
  if (options.onOutput) child.stdout?.on('data', options.onOutput);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 30_000);
  child.once('error', (cause) => {
    clearTimeout(timer);
    reject(new ExecError(command, null, cause.message, cause));
  });
  child.once('close', (code) => {
    clearTimeout(timer);
    if (code !== null && (options.okCodes ?? [0]).includes(code))
      resolve({ code, stdout: stdout(), stderr: stderr() });
    else reject(new ExecError([command, ...args.slice(0, 3)].join(' '), code, stderr()));
  });
  child.stdin?.on('error', () => {}); // the child may close its input before it has read all of it
  child.stdin?.end(options.input);
  return promise;
}

/** Starts a program whose streams the caller handles. The only other way to a child process in this tree. */
export const start = (command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess =>
  spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, shell: false });

function spawnOptions(options: ExecOptions): SpawnOptions {
  return {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' }),
  };
}

function collect(stream: NodeJS.ReadableStream | null, limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
