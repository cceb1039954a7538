import { rm } from 'node:fs/promises';
import type { Container } from 'dockerode';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { badRequest, CloudError, conflict, messageOf, notFound } from '#kernel/errors.ts';
import { silentLogger, type Logger } from '#kernel/log.ts';
import { Announcer } from '../announcer.ts';
import type {
  ArchiveAbility,
  AttachAbility,
  CommitAbility,
  CopiesAbility,
  ExecAbility,
  LogAbility,
  LogLine,
  LogQuery,
  PauseAbility,
  ResizeAbility,
  RuntimeDescription,
  RuntimeDriver,
  RuntimeEvent,
  RuntimeHandle,
  RuntimeProbe,
  SignalAbility,
  TopAbility,
  WorkloadSpec,
  WorkloadState,
  WorkloadStats,
  WorkloadUsage,
} from '../driver.ts';
import { cpuPercent } from '../measures.ts';
import { signalNumber } from '../signals.ts';
import { exportRoot, getArchive, putArchive } from './archive.ts';
import { joinWorkload, resizeWorkload } from './attach.ts';
import { newLimits } from './config.ts';
import { Engine, ignoring } from './engine.ts';
import { endLeftCommands, execIn, openIn, type ExecDeps } from './exec.ts';
import { handleOf, namesOf, readHandle, RUNTIME } from './handle.ts';
import { DockerImages } from './images.ts';
import { followLog, readLog } from './logs.ts';
import { filesOf, makeContainer } from './make.ts';
import { probeEngine } from './probe.ts';
import { ensureSandbox, removeSandbox, stopSandbox } from './sandbox.ts';
import { startContainer } from './start.ts';
import { isAlive, stateOf } from './state.ts';
import { readUsage } from './stats.ts';
import { Watch } from './watch.ts';

export interface DockerOptions {
  /** A folder of its own: `/var/lib/hydria/node/docker` in production. */
  readonly base: string;
  /** Of dockerd, on this machine; default `/var/run/docker.sock`. */
  readonly socket?: string;
  readonly clock?: Clock;
  readonly log?: Logger;
}

const SOCKET = '/var/run/docker.sock';
/** CPU use is measured over this long. */
const STATS_MS = 100;

/** Containers by Docker Engine, on networks that are not Docker's: see `sandbox.ts`. What is true is asked of Docker each time. */
export class DockerRuntime implements RuntimeDriver {
  readonly name = RUNTIME;
  readonly #engine: Engine;
  readonly #images: DockerImages;
  readonly #base: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #watch: Watch;
  readonly #announcer: Announcer;
  /** Of these we may have missed events while Docker was away. */
  readonly #known = new Set<string>();
  /** Paused by ourselves, unseen. */
  readonly #resting = new Set<string>();
  #version = 'unknown';

  constructor({ base, socket = SOCKET, clock = systemClock, log = silentLogger }: DockerOptions) {
    this.#engine = new Engine(socket);
    this.#images = new DockerImages(this.#engine, base);
    this.#base = base;
    this.#clock = clock;
    this.#log = log;
    this.#announcer = new Announcer((id) => this.#state(id));
    this.#watch = new Watch({
      engine: this.#engine,
      clock,
      log,
      changed: (id) => this.#noticed(id),
      reopened: () => this.#known.forEach((id) => this.#noticed(id)),
    });
  }

  describe(): RuntimeDescription {
    return { name: RUNTIME, version: this.#version };
  }

  async probe(): Promise<RuntimeProbe> {
    const { version, ...probe } = await probeEngine(this.#engine);
    this.#version = version ?? this.#version;
    return probe;
  }

  async ensure(spec: WorkloadSpec): Promise<RuntimeHandle> {
    signalNumber(spec.stopSignal);
    if (spec.resources.disk) throw badRequest('Docker does not limit disks here.');
    const handle = handleOf(spec);
    const state = await this.inspect(handle);
    if (isAlive(state)) return handle;
    const deps = { engine: this.#engine, images: this.#images, base: this.#base };
    await makeContainer(deps, spec).catch(async (thrown: unknown) => {
      if (state.status === 'absent') await this.#takeAway(spec.id);
      throw thrown;
    });
    return handle;
  }

  async start(handle: RuntimeHandle): Promise<void> {
    const data = readHandle(handle);
    const { id } = data;
    const { status } = await this.inspect(handle);
    if (status === 'absent') throw notFound(`There is no workload ${id} to start.`);
    if (status === 'running' || status === 'paused') return;
    await this.#watch.open();
    await ensureSandbox(this.#engine, await this.#images.ensurePause(), data);
    await startContainer(this.#engine, namesOf(id).workload).catch(async (thrown: unknown) => {
      await stopSandbox(this.#engine, id);
      throw startFailure(thrown);
    });
    await this.#announcer.announce(id);
  }

  async stop(handle: RuntimeHandle, timeoutSeconds: number): Promise<void> {
    const { id, stopSignal } = readHandle(handle);
    const { status } = await this.inspect(handle);
    if (status === 'running' || status === 'paused') {
      const late = this.#killLate(id, timeoutSeconds);
      await this.#kill(id, String(signalNumber(stopSignal)));
      // Docker has mostly done so itself, for the signal to be seen.
      if (status === 'paused') await this.#setFrozen(id, false).catch(ignoring('internal'));
      await this.#ask(id, (container) => container.wait({ condition: 'not-running' }));
      late.abort();
      await this.#announcer.announce(id);
    }
    await stopSandbox(this.#engine, id);
  }

  async remove(handle: RuntimeHandle): Promise<void> {
    const { id } = readHandle(handle);
    await this.#takeAway(id);
    this.#known.delete(id);
    await this.#announcer.announce(id);
  }

  async inspect(handle: RuntimeHandle): Promise<WorkloadState> {
    const { id } = readHandle(handle);
    this.#known.add(id);
    return this.#state(id);
  }

  /** What ended meanwhile, Docker remembers. */
  async recover(handle: RuntimeHandle): Promise<WorkloadState> {
    this.#watch.keep();
    const state = await this.inspect(handle);
    if (isAlive(state)) await endLeftCommands(this.#commands, readHandle(handle).id);
    return state;
  }

  /** A machine without Docker is not looked at for ever: the first verb that finds one opens the stream. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    if (this.#engine.isThere) this.#watch.keep();
    return this.#announcer.subscribe(signal);
  }

  async usage(handle: RuntimeHandle): Promise<WorkloadUsage> {
    const { id, pid } = await this.#alive(handle);
    return readUsage(this.#engine, id, pid);
  }

  async stats(handle: RuntimeHandle): Promise<WorkloadStats> {
    const { id, pid } = await this.#alive(handle);
    const first = await readUsage(this.#engine, id, pid);
    const begin = this.#clock.now();
    await this.#clock.sleep(STATS_MS);
    const usage = await readUsage(this.#engine, id, pid);
    const elapsedMs = this.#clock.now().getTime() - begin.getTime();
    return { ...usage, cpuPercent: cpuPercent(usage.cpuNanos - first.cpuNanos, elapsedMs) };
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#announcer.close();
  }

  readonly exec: ExecAbility = {
    run: async (handle, request) => execIn(this.#commands, await this.#awake(handle), request),
    open: async (handle, command) => openIn(this.#commands, await this.#awake(handle), command),
  };

  readonly signal: SignalAbility = {
    send: async (handle, name) => {
      const number = String(signalNumber(name));
      const { id } = await this.#alive(handle);
      await this.#kill(id, number);
    },
  };

  readonly pause: PauseAbility = {
    pause: (handle) => this.#freeze(handle, true),
    resume: (handle) => this.#freeze(handle, false),
  };

  readonly top: TopAbility = {
    list: async (handle, psArgs) => {
      const { id } = await this.#alive(handle);
      const ps = { ps_args: psArgs ?? '-ef' };
      const table = await this.#ask(id, (container) => container.top(ps)).catch((thrown: unknown) => {
        // What ps(1) says of its options is an error of Docker's own.
        const isInternal = thrown instanceof CloudError && thrown.kind === 'internal';
        throw isInternal ? badRequest(thrown.message, { cause: thrown }) : thrown;
      });
      return { titles: table.Titles as string[], processes: table.Processes as string[][] };
    },
  };

  readonly logs: LogAbility = {
    read: (handle, query) => readLog(this.#logOf(handle), query),
    follow: (handle, query, signal) => this.#follow(handle, query, signal),
  };

  readonly attach: AttachAbility = {
    join: async (handle) => {
      const left = new AbortController();
      const ends = this.#endOf(handle.id, left.signal);
      try {
        await this.#watch.open();
        await this.#alive(handle);
        return await joinWorkload(this.#commands, readHandle(handle), { ends, left });
      } catch (thrown) {
        left.abort();
        throw thrown;
      }
    },
    resize: async (handle, size) => {
      const { id } = await this.#alive(handle);
      if (!readHandle(handle).tty) throw badRequest(`The workload ${id} has no terminal.`);
      await resizeWorkload(this.#engine, id, size);
    },
  };

  readonly archive: ArchiveAbility = {
    get: (handle, path, limits) => getArchive(this.#engine, readHandle(handle).id, { path, limits }),
    put: (handle, path, upload) => putArchive(this.#engine, readHandle(handle).id, { path, upload }),
  };

  readonly commit: CommitAbility = {
    layer: async (handle, limits) => {
      const { id } = readHandle(handle);
      const { status } = await this.inspect(handle);
      if (status === 'absent') throw notFound(`There is no workload ${id}.`);
      if (status !== 'running') return exportRoot(this.#engine, id, limits);
      this.#resting.add(id);
      try {
        await this.#setFrozen(id, true);
        const layer = await exportRoot(this.#engine, id, limits);
        return layer.once('close', () => void this.#wake(id));
      } catch (thrown) {
        await this.#wake(id);
        throw thrown;
      }
    },
  };

  readonly resize: ResizeAbility = {
    apply: async (handle, resources) => {
      const { id } = readHandle(handle);
      await this.#ask(id, (container) => container.update(newLimits(resources))).catch(limitFailure);
    },
  };

  readonly copies: CopiesAbility = { sweep: () => this.#images.sweep() };

  get #commands(): ExecDeps {
    return { engine: this.#engine, watch: this.#watch, clock: this.#clock };
  }

  /** The container of a workload. */
  #ask<T>(id: string, call: (container: Container) => Promise<T>): Promise<T> {
    return this.#engine.ask((docker) => call(docker.getContainer(namesOf(id).workload)));
  }

  async #state(id: string): Promise<WorkloadState> {
    const { workload } = namesOf(id);
    return stateOf(await this.#engine.find((docker) => docker.getContainer(workload).inspect()));
  }

  #noticed(id: string): void {
    if (this.#resting.has(id)) return;
    this.#announcer
      .announce(id)
      .catch((thrown: unknown) =>
        this.#log.warn({ id, why: messageOf(thrown) }, 'Docker does not tell of a workload'),
      );
  }

  async #takeAway(id: string): Promise<void> {
    const { kept } = namesOf(id);
    await this.#ask(id, (container) => container.remove({ force: true, v: true })).catch(
      async (thrown: unknown) => {
        if (!(thrown instanceof CloudError)) throw thrown;
        // Somebody is already at it.
        if (thrown.kind === 'conflict')
          await this.#ask(id, (container) => container.wait({ condition: 'removed' })).catch(
            ignoring('not-found'),
          );
        else if (thrown.kind !== 'not-found') throw thrown;
      },
    );
    await removeSandbox(this.#engine, id);
    await this.#images.remove(kept);
    await rm(filesOf(this.#base, id), { recursive: true, force: true });
  }

  async #kill(id: string, signal: string): Promise<void> {
    await this.#ask(id, (container) => container.kill({ signal })).catch(ignoring('conflict', 'not-found'));
  }

  #killLate(id: string, seconds: number): AbortController {
    const timer = new AbortController();
    void this.#clock
      .sleep(seconds * 1000, timer.signal)
      .then(() => this.#kill(id, 'SIGKILL'))
      .catch(() => {}); // it has ended in time
    return timer;
  }

  async #freeze(handle: RuntimeHandle, frozen: boolean): Promise<void> {
    const { id, state } = await this.#alive(handle);
    const rested = this.#resting.delete(id);
    if ((state.status === 'paused') === frozen && !rested) return;
    await this.#setFrozen(id, frozen);
    await this.#announcer.announce(id);
  }

  /** It may have ended, or be so already. */
  async #setFrozen(id: string, frozen: boolean): Promise<void> {
    await this.#ask(id, (container) => (frozen ? container.pause() : container.unpause())).catch(
      ignoring('conflict', 'not-found'),
    );
  }

  /** What somebody paused meanwhile stays so. */
  async #wake(id: string): Promise<void> {
    if (!this.#resting.has(id)) return;
    await this.#setFrozen(id, false).catch(() => {}); // Docker is away: what is paused is seen when it is back
    this.#resting.delete(id);
    this.#noticed(id);
  }

  #logOf(handle: RuntimeHandle) {
    const { id, tty } = readHandle(handle);
    return { engine: this.#engine, id, tty };
  }

  async *#follow(handle: RuntimeHandle, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    if (isAlive(await this.inspect(handle))) yield* followLog(this.#logOf(handle), query, signal);
    else yield* readLog(this.#logOf(handle), query);
  }

  /** The next end of the workload's process; undefined when the signal aborts first. */
  async #endOf(id: string, signal: AbortSignal): Promise<RuntimeEvent | undefined> {
    for await (const event of this.events(signal)) if (event.id === id && !isAlive(event.state)) return event;
    return undefined;
  }

  /** @throws CloudError `conflict` also for what is paused. */
  async #awake(handle: RuntimeHandle) {
    const target = await this.#alive(handle);
    if (target.state.status !== 'paused') return target;
    throw conflict(`The workload ${target.id} is paused; resume it first.`);
  }

  /** @throws CloudError `conflict` when nothing runs. */
  async #alive(handle: RuntimeHandle) {
    const { id } = readHandle(handle);
    const state = await this.inspect(handle);
    if (state.pid === null) throw conflict(`The workload ${id} is not running, it is ${state.status}.`);
    return { id, state, pid: state.pid };
  }
}

/** Of a program that is not there, in the words of the other runtimes. */
function startFailure(thrown: unknown): unknown {
  const missing = /exec: "([^"]*)": (?:executable file not found|stat .*no such file)/.exec(
    messageOf(thrown),
  )?.[1];
  return missing === undefined
    ? thrown
    : badRequest(`executable file '${missing}' not found in $PATH`, { cause: thrown });
}

/** The kernel refuses less memory than is in use. */
function limitFailure(thrown: unknown): never {
  if (thrown instanceof CloudError && thrown.kind === 'internal')
    throw conflict(`The limits cannot be changed: ${thrown.message}`, { cause: thrown });
  throw thrown;
}
