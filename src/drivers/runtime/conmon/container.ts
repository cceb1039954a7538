import { readFile, rm, stat } from 'node:fs/promises';
import { isoTime } from '#kernel/clock.ts';
import { ABSENT, type WorkloadState } from '../driver.ts';
import { sendSignal } from './cgroup.ts';
import type { Engine, EngineHost, EngineTarget } from './engine.ts';
import { isWhole } from './files.ts';
import type { HandleData } from './handle.ts';
import type { WorkloadLayout } from './layout.ts';
import { beginLog } from './logs.ts';
import {
  killMonitor,
  launchMonitor,
  makeReport,
  monitorGone,
  monitorLives,
  monitorPid,
  pidIn,
  startIsOver,
} from './monitor.ts';
import { keepOlder, keepSegments } from './segments.ts';

export interface ContainerDeps extends EngineHost {
  readonly engine: Engine;
}

/** For an end that nobody saw: the machine went down, or the monitor was killed. */
const UNKNOWN_EXIT = 255;
const KILLED = 137;
const ORPHAN_POLL_MS = 20;

/**
 * One container's life, read from what lies on disk and runs. Law: nothing is remembered here, so a restarted node sees what the
 * old one saw. The exit file is written before the monitor goes, and taken away before the next start.
 */
export class Container {
  readonly #deps: ContainerDeps;
  readonly #id: string;
  readonly #paths: WorkloadLayout;
  readonly #target: EngineTarget;

  constructor(deps: ContainerDeps, id: string, paths: WorkloadLayout) {
    this.#deps = deps;
    this.#id = id;
    this.#paths = paths;
    this.#target = { id, paths };
  }

  async state(): Promise<WorkloadState> {
    const paths = this.#paths;
    if (!isWhole(paths)) return ABSENT;
    const ended = await this.#ended();
    if (ended) return ended;
    const pid = await pidIn(paths.pid);
    if (pid === undefined) return { ...ABSENT, status: 'created' };
    if (!(await this.#deps.cgroups.holds(this.#id, pid))) {
      await monitorGone(paths); // it is about to write the exit file
      return (
        (await this.#ended()) ?? { ...(await this.#started()), status: 'stopped', exitCode: UNKNOWN_EXIT }
      );
    }
    const frozen = await this.#deps.engine.frozen(this.#target);
    return { ...(await this.#started()), status: frozen ? 'paused' : 'running', pid };
  }

  /** Runs it anew, whatever is left of an earlier run. A failed launch leaves nothing but the bundle. */
  async launch(handle: HandleData): Promise<void> {
    const { layout, engine } = this.#deps;
    const { log } = this.#paths;
    await this.clear();
    try {
      await Promise.all([
        engine.prepare(this.#target, handle),
        makeReport(this.#paths),
        ...(handle.silent ? [] : [beginLog(log)]),
      ]);
      keepOlder(log, handle.maxLogFiles);
      keepSegments(log);
      await launchMonitor(layout, this.#paths, { ...handle, runtime: engine.runtimeCommand() });
      await this.#began();
    } catch (thrown) {
      await this.clear();
      throw thrown;
    }
  }

  /** After the node's restart, which may have been amid a start. */
  async recover(): Promise<void> {
    const isBegun = (await pidIn(this.#paths.pid)) !== undefined;
    if (!isBegun) await startIsOver(this.#paths);
    const { status } = await this.state();
    if (status === 'running') await this.#began();
    await this.#deps.engine.recover(this.#target);
  }

  /** Sends the signal, and SIGKILL to all when that did not end it in time. */
  async stop(pid: number, signal: number, timeoutSeconds: number): Promise<void> {
    const { clock, engine } = this.#deps;
    const gone = this.#gone(pid);
    const timer = new AbortController();
    sendSignal(pid, signal);
    if (await engine.frozen(this.#target)) await engine.freeze(this.#target, false);
    const late = clock.sleep(timeoutSeconds * 1000, timer.signal).then(
      () => engine.kill(this.#target),
      () => {},
    );
    await Promise.race([gone, late.then(() => gone)]);
    timer.abort();
  }

  /** Ends what runs and takes away all but the bundle: processes, monitor, cgroup, crun's state, exit code. */
  async clear(): Promise<void> {
    const { cgroups } = this.#deps;
    const paths = this.#paths;
    const pid = await pidIn(paths.pid);
    const running = pid !== undefined && (await cgroups.holds(this.#id, pid));
    if (!running && monitorLives(paths)) await killMonitor(paths, this.#id);
    await cgroups.kill(this.#id);
    await monitorGone(paths);
    await cgroups.kill(this.#id); // what a monitor killed amid its work had begun
    await cgroups.remove(this.#id);
    const leftovers = [...paths.states, paths.exit, paths.pid, paths.conmonPid, paths.ctl];
    await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })));
    await this.#deps.engine.clear(this.#target);
  }

  async remove(): Promise<void> {
    await this.clear();
    await this.#deps.engine.discard(this.#target);
    const { dir, hidden } = this.#paths;
    if (hidden !== null) await rm(hidden, { recursive: true, force: true });
    await rm(dir, { recursive: true, force: true });
  }

  async #ended(): Promise<WorkloadState | undefined> {
    const text = await readFile(this.#paths.exit, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const exitCode = Number.parseInt(text, 10);
    return {
      ...(await this.#started()),
      status: 'stopped',
      exitCode,
      oomKilled: exitCode === KILLED && (await this.#deps.engine.oomKilled(this.#target)),
      finishedAt: await changedAt(this.#paths.exit),
    };
  }

  /** conmon writes the pid file when the process is made. */
  async #started(): Promise<WorkloadState> {
    return { ...ABSENT, startedAt: await changedAt(this.#paths.pid) };
  }

  /** What is done after each start, before anybody hears of it. */
  async #began(): Promise<void> {
    await Promise.all([this.#adoptMonitor(), this.#deps.engine.began(this.#target)]);
  }

  async #adoptMonitor(): Promise<void> {
    const pid = await monitorPid(this.#paths);
    if (pid !== undefined) await this.#deps.cgroups.adoptMonitor(pid);
  }

  /** The monitor's end tells of the process's; only where someone killed the monitor is there nobody left to tell. */
  async #gone(pid: number): Promise<void> {
    await monitorGone(this.#paths);
    while (await this.#deps.cgroups.holds(this.#id, pid)) await this.#deps.clock.sleep(ORPHAN_POLL_MS);
  }
}

const changedAt = (file: string): Promise<string | null> =>
  stat(file).then(
    (found) => isoTime(found.mtime),
    () => null,
  );
