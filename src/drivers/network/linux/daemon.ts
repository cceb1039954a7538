import { readdir, readFile } from 'node:fs/promises';
import { unavailable } from '#kernel/errors.ts';
import { systemClock, type Clock } from '#kernel/clock.ts';
import type { Host, Namespace } from './host.ts';

const STEP_MS = 5;
const PATIENCE_MS = 5_000;

/** A program that puts itself into the background and writes its process id to a file: it outlives the node. */
export interface Daemon {
  readonly namespace: Namespace;
  readonly argv: readonly string[];
  readonly pidFile: string;
}

/**
 * Starts, refreshes and ends such programs. What runs is compared, by its command line, with what should run, so a
 * process id that now belongs to another is never mistaken and a changed argument means a new start.
 */
export class Daemons {
  readonly #host: Host;
  readonly #clock: Clock;

  constructor(host: Host, clock: Clock = systemClock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Makes it run with these arguments, and read its files again if it did already. */
  async ensure(daemon: Daemon): Promise<void> {
    const pid = await this.#find(daemon);
    if (pid !== undefined) return signal(pid, 'SIGHUP');
    await this.stop(daemon.pidFile);
    await this.#host.run(daemon.namespace, daemon.argv);
  }

  /** Whether it runs with these arguments. */
  async isRunning(daemon: Daemon): Promise<boolean> {
    return (await this.#find(daemon)) !== undefined;
  }

  /**
   * Ends every process that is to write this file. The file alone does not tell: one whose start was cut off by the end of the
   * node writes it late, or never.
   */
  async stop(pidFile: string): Promise<void> {
    // Nobody tells of the end of a process that is not a child: look, for as long as it takes to die.
    for (let waited = 0; ; waited += STEP_MS) {
      const pids = await findProcesses(pidFile);
      if (pids.length === 0) return;
      if (waited >= PATIENCE_MS) throw unavailable(`Process ${pids.join(', ')} does not end.`);
      for (const pid of pids) signal(pid, 'SIGKILL');
      await this.#clock.sleep(STEP_MS);
    }
  }

  async #find({ argv, pidFile }: Daemon): Promise<number | undefined> {
    const pid = await readPid(pidFile);
    return pid !== undefined && (await commandLine(pid)) === argv.join('\0') ? pid : undefined;
  }
}

/** Every such program is told the file in the same words. */
async function findProcesses(pidFile: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const lines = await Promise.all(pids.map(commandLine));
  return pids.filter((_, at) => lines[at]?.split('\0').includes(`--pid-file=${pidFile}`));
}

async function readPid(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  return pid > 0 ? pid : undefined;
}

/** Arguments with zero bytes between; empty when there is no such process or it is dead and unreaped. */
async function commandLine(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replace(/\0$/, '');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself meanwhile.
  }
}
