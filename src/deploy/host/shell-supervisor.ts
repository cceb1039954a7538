import { once } from 'node:events';
import { join } from 'node:path';
import { start } from '#kernel/exec.ts';
import { daemonCommand, findDaemons, type DaemonName, type Supervisor } from './daemons.ts';
import type { HostPaths } from './paths.ts';
import { endProcesses, listProcesses } from './processes.ts';

const SCRIPT = join(import.meta.dirname, 'supervise.sh');

/** Longer than a daemon needs to finish what it has in hand. */
const STOP_GRACE_MS = 15_000;

/** Supervision by `supervise.sh`, where systemd does not run. */
export class ShellSupervisor implements Supervisor {
  readonly #paths: HostPaths;
  readonly #commandOf: typeof daemonCommand;

  constructor(paths: HostPaths, commandOf = daemonCommand) {
    this.#paths = paths;
    this.#commandOf = commandOf;
  }

  async watches(name: DaemonName): Promise<boolean> {
    return (await this.#supervisors(name)).length > 0;
  }

  async start(name: DaemonName): Promise<void> {
    if (await this.watches(name)) return;
    await this.#endOrphans(name);
    const script = start(
      SCRIPT,
      [name, this.#paths.run, this.#paths.log, ...this.#commandOf(name, this.#paths)],
      { detached: true, stdio: 'ignore', cwd: '/' },
    );
    await once(script, 'spawn');
    script.unref();
  }

  async stop(name: DaemonName): Promise<void> {
    await endProcesses(await this.#supervisors(name), STOP_GRACE_MS);
    await this.#endOrphans(name);
  }

  logHint(name: DaemonName): string {
    return join(this.#paths.log, `${name}.log`);
  }

  async #supervisors(name: DaemonName): Promise<readonly number[]> {
    const all = await listProcesses();
    return all.filter(({ args }) => isSupervisor(args, name, this.#paths)).map(({ pid }) => pid);
  }

  async #endOrphans(name: DaemonName): Promise<void> {
    const orphans = await findDaemons(name, this.#paths);
    await endProcesses(
      orphans.map(({ pid }) => pid),
      STOP_GRACE_MS,
    );
  }
}

/** `sh …/supervise.sh NAME RUN_DIR …`; its helper that cuts the log has another second argument. */
export const isSupervisor = (args: readonly string[], name: DaemonName, paths: HostPaths): boolean =>
  (args[1]?.endsWith('/supervise.sh') ?? false) && args[2] === name && args[3] === paths.run;
