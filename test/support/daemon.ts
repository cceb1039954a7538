import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from '#kernel/exec.ts';
import { daemonCommand, type DaemonName } from '#src/deploy/host/daemons.ts';
import type { HostPaths } from '#src/deploy/host/paths.ts';
import { until } from './until.ts';

/** On a machine that has much else to do. */
const START = { limitMs: 120_000 };

export interface DaemonOptions {
  readonly name: DaemonName;
  readonly paths: HostPaths;
  readonly isReady: () => Promise<boolean>;
  /** What comes before its command: the way into a namespace. */
  readonly into?: readonly string[];
}

/** A real control or node, without a supervisor: when it ends it stays away until it is started. */
export class Daemon {
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  get logPath(): string {
    return join(this.#options.paths.log, `${this.#options.name}.log`);
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#options.name} does not run.`);
    return pid;
  }

  log(): Promise<string> {
    return readFile(this.logPath, 'utf8');
  }

  /** Resolves when it is ready. @throws Error with its log when it ends instead, or takes too long. */
  async start(): Promise<void> {
    const { name, paths, into = [] } = this.#options;
    const log = await open(this.logPath, 'a');
    const [command = '', ...args] = [...into, ...daemonCommand(name, paths)];
    const child = start(command, args, { stdio: ['ignore', log.fd, log.fd], cwd: '/' });
    this.#child = child;
    await once(child, 'spawn');
    await log.close();
    await this.#ready(child);
  }

  /** Resolves when it is gone; at once when it is not there. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async #ready(child: ChildProcess): Promise<void> {
    const { name, isReady } = this.#options;
    const look = async () => (hasEnded(child) ? 'ended' : (await isReady()) && 'ready');
    const state = await until(`${name} is ready`, look, START).catch(String);
    if (state !== 'ready') throw new Error(`${name} is not ready, but ${state}:\n${await this.log()}`);
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
