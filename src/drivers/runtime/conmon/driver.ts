import { existsSync, watch, type FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import { silentLogger, type Logger } from '#kernel/log.ts';
import { Announcer } from '../announcer.ts';
import type {
  ArchiveAbility,
  AttachAbility,
  CommitAbility,
  CopiesAbility,
  ExecAbility,
  InterfacesAbility,
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
import { joinWorkload, resizeWorkload } from './attach.ts';
import { Cgroups, detectHierarchy, sendSignal } from './cgroup.ts';
import { Container, type ContainerDeps } from './container.ts';
import type { Engine } from './engine.ts';
import { handleOf, readHandle } from './handle.ts';
import { hostLayout, idsIn, workloadLayout, type HostLayout, type WorkloadLayout } from './layout.ts';
import { followLog, readLog } from './logs.ts';
import { keepSegments } from './segments.ts';

export interface ConmonOptions {
  /** The folder for all that it keeps: `/var/lib/hydria/node/<runtime>` in production. */
  readonly base: string;
  /** A folder on a file system in memory, for workloads with secrets in their environment; absent = there are none such. */
  readonly memory?: string;
  /** The cgroup under which each workload gets its own; default `/hydria`. */
  readonly cgroupParent?: string;
  readonly clock?: Clock;
  readonly log?: Logger;
}

interface Opened {
  readonly deps: ContainerDeps;
  readonly watcher: FSWatcher;
  readonly keeper: NodeJS.Timeout;
}

/** One workload, ready to be acted on. */
interface Target {
  readonly id: string;
  readonly deps: ContainerDeps;
  readonly paths: WorkloadLayout;
  readonly container: Container;
}

/** CPU use is measured over this long. */
const STATS_MS = 100;
/** Less than any workload needs to fill a log of the usual size at 5 MB a second. */
const KEEP_LOGS_MS = 2000;
const alive = (state: WorkloadState): boolean => state.status === 'running' || state.status === 'paused';

/** Containers below conmon, by an engine. Holds no truth of its own, only a watch on the exits: see `Container`. */
export class ConmonRuntime implements RuntimeDriver {
  readonly name: string;
  readonly confidential: boolean;
  readonly disks?: true;
  readonly interfaces?: InterfacesAbility;
  readonly copies?: CopiesAbility;
  readonly #engine: Engine;
  readonly #options: ConmonOptions;
  readonly #host: HostLayout;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #announcer: Announcer;
  /** Frozen while their files are copied, by nobody's wish. */
  readonly #resting = new Set<string>();
  #version = 'unknown';
  #opening: Promise<Opened> | undefined;

  constructor(engine: Engine, options: ConmonOptions) {
    this.name = engine.name;
    this.#engine = engine;
    this.#options = options;
    this.#host = hostLayout(options.base, options.memory);
    this.confidential = options.memory !== undefined;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLogger;
    this.#announcer = new Announcer(async (id) => (await this.#target(id)).container.state());
    if (engine.disks) this.disks = engine.disks;
    if (engine.followInterfaces)
      this.interfaces = {
        follow: async (handle) => engine.followInterfaces?.(await this.#alive(handle)),
      };
    if (engine.sweep) this.copies = { sweep: () => this.#open().then(() => engine.sweep?.()) };
  }

  describe(): RuntimeDescription {
    return { name: this.name, version: this.#version };
  }

  probe(): Promise<RuntimeProbe> {
    return this.#engine.probe();
  }

  async ensure(spec: WorkloadSpec): Promise<RuntimeHandle> {
    const { id, paths, container } = await this.#target(spec.id);
    signalNumber(spec.stopSignal);
    const state = await container.state();
    if (alive(state)) return handleOf(this.name, spec);
    try {
      await this.#engine.make({ id, paths }, spec);
    } catch (thrown) {
      if (state.status === 'absent') await container.remove();
      throw thrown;
    }
    return handleOf(this.name, spec);
  }

  async start(handle: RuntimeHandle): Promise<void> {
    const data = this.#read(handle);
    const { id, container } = await this.#target(data.id);
    const state = await container.state();
    if (state.status === 'absent') throw notFound(`There is no workload ${id} to start.`);
    if (alive(state)) return;
    await container.launch(data);
    await this.#announcer.announce(id);
  }

  async stop(handle: RuntimeHandle, timeoutSeconds: number): Promise<void> {
    const { stopSignal } = this.#read(handle);
    const { id, container } = await this.#target(handle.id);
    const { pid } = await container.state();
    if (pid === null) return;
    await container.stop(pid, signalNumber(stopSignal), timeoutSeconds);
    await this.#announcer.announce(id);
  }

  async remove(handle: RuntimeHandle): Promise<void> {
    const { id, container } = await this.#target(this.#read(handle).id);
    await container.remove();
    await this.#announcer.announce(id);
  }

  async inspect(handle: RuntimeHandle): Promise<WorkloadState> {
    const { container } = await this.#target(this.#read(handle).id);
    return container.state();
  }

  /** The exits of all workloads are watched from the first verb on, so nothing is left to do but to look. */
  async recover(handle: RuntimeHandle): Promise<WorkloadState> {
    const { container } = await this.#target(this.#read(handle).id);
    await container.recover();
    return container.state();
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    this.#open().catch((error: unknown) =>
      this.#log.error({ error }, `the ${this.name} runtime cannot be opened`),
    );
    return this.#announcer.subscribe(signal);
  }

  async usage(handle: RuntimeHandle): Promise<WorkloadUsage> {
    return this.#engine.usage(await this.#alive(handle));
  }

  async stats(handle: RuntimeHandle): Promise<WorkloadStats> {
    const place = await this.#alive(handle);
    const first = await this.#engine.usage(place);
    const begin = this.#clock.now();
    await this.#clock.sleep(STATS_MS);
    const usage = await this.#engine.usage(place);
    const elapsedMs = this.#clock.now().getTime() - begin.getTime();
    return { ...usage, cpuPercent: cpuPercent(usage.cpuNanos - first.cpuNanos, elapsedMs) };
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    opened?.watcher.close();
    clearInterval(opened?.keeper);
    this.#announcer.close();
    await this.#engine.close();
  }

  readonly exec: ExecAbility = {
    run: async (handle, request) => this.#engine.execute(await this.#awake(handle), request),
    open: async (handle, command) => this.#engine.console(await this.#awake(handle), command),
  };

  readonly signal: SignalAbility = {
    send: async (handle, name) => {
      const number = signalNumber(name);
      const target = await this.#alive(handle);
      if (number === constants.signals.SIGKILL) await this.#engine.kill(target);
      else sendSignal(target.pid, number);
    },
  };

  readonly pause: PauseAbility = {
    pause: (handle) => this.#freeze(handle, true),
    resume: (handle) => this.#freeze(handle, false),
  };

  readonly top: TopAbility = {
    list: async (handle, psArgs) => this.#engine.processes(await this.#alive(handle), psArgs),
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
        const { paths } = await this.#alive(handle);
        return await joinWorkload(paths, this.#read(handle), { ends, left });
      } catch (thrown) {
        left.abort();
        throw thrown;
      }
    },
    resize: async (handle, size) => {
      const { id, paths } = await this.#alive(handle);
      if (!this.#read(handle).tty) throw badRequest(`The workload ${id} has no terminal.`);
      await resizeWorkload(paths, size);
    },
  };

  readonly archive: ArchiveAbility = {
    get: async (handle, path, limits) => this.#engine.pack(await this.#there(handle), path, limits),
    put: async (handle, path, upload) => this.#engine.unpack(await this.#there(handle), path, upload),
  };

  readonly commit: CommitAbility = {
    layer: async (handle, limits) => {
      const view = await this.#there(handle);
      const resting = view.state.status === 'running';
      if (resting) {
        this.#resting.add(view.id);
        await this.#engine.freeze(view, true);
      }
      const layer = await this.#engine.layer(view, limits);
      if (resting) layer.once('close', () => void this.#rested(view).catch(() => {})); // it may be gone
      return layer;
    },
  };

  readonly resize: ResizeAbility = {
    apply: async (handle, resources) => this.#engine.resize(await this.#there(handle), resources),
  };

  #read(handle: RuntimeHandle) {
    return readHandle(this.name, handle);
  }

  async *#follow(handle: RuntimeHandle, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    const left = new AbortController();
    const reading = AbortSignal.any([signal, left.signal]);
    const last = new AbortController();
    void this.#endOf(handle.id, reading).then(() => last.abort());
    try {
      if (!alive(await this.inspect(handle))) return yield* readLog(this.#logOf(handle), query);
      yield* followLog(this.#logOf(handle), query, { last: last.signal, signal: reading });
    } finally {
      left.abort();
    }
  }

  /** The next end of the workload's process; undefined when the signal aborts first. */
  async #endOf(id: string, signal: AbortSignal): Promise<RuntimeEvent | undefined> {
    for await (const event of this.events(signal)) if (event.id === id && !alive(event.state)) return event;
    return undefined;
  }

  #logOf(handle: RuntimeHandle): string {
    return workloadLayout(this.#host, this.#read(handle).id).log;
  }

  /** @throws CloudError `conflict` also for what is paused. */
  async #awake(handle: RuntimeHandle) {
    const target = await this.#alive(handle);
    if (target.state.status !== 'paused') return target;
    throw conflict(`The workload ${target.id} is paused; resume it first.`);
  }

  async #freeze(handle: RuntimeHandle, frozen: boolean): Promise<void> {
    const target = await this.#alive(handle);
    const rested = this.#resting.delete(target.id);
    if ((target.state.status === 'paused') === frozen && !rested) return;
    await this.#engine.freeze(target, frozen);
    await this.#announcer.announce(target.id);
  }

  /** What somebody paused meanwhile stays so. */
  async #rested({ id, paths }: Pick<Target, 'id' | 'paths'>): Promise<void> {
    if (this.#resting.delete(id)) await this.#engine.freeze({ id, paths }, false);
  }

  /** @throws CloudError `not-found` */
  async #there(handle: RuntimeHandle) {
    const { id, paths, container } = await this.#target(this.#read(handle).id);
    const state = await container.state();
    if (state.status === 'absent') throw notFound(`There is no workload ${id}.`);
    return { id, paths, state };
  }

  /** @throws CloudError `conflict` when nothing runs. */
  async #alive(handle: RuntimeHandle) {
    const { id, paths, container } = await this.#target(this.#read(handle).id);
    const state = await container.state();
    if (state.pid === null) throw conflict(`The workload ${id} is not running, it is ${state.status}.`);
    return { id, paths, state, pid: state.pid };
  }

  async #target(id: string): Promise<Target> {
    const paths = workloadLayout(this.#host, id);
    const { deps } = await this.#open();
    return { id, deps, paths, container: new Container(deps, id, paths) };
  }

  #open(): Promise<Opened> {
    this.#opening ??= this.#prepare().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  async #prepare(): Promise<Opened> {
    const hierarchy = detectHierarchy();
    for (const folder of [this.#host.base, this.#host.exits])
      await mkdir(folder, { recursive: true, mode: 0o700 });
    const cgroups = new Cgroups(hierarchy, this.#options.cgroupParent ?? '/hydria', this.#clock);
    const host = { layout: this.#host, cgroups, clock: this.#clock };
    this.#version = await this.#engine.open(host);
    const watcher = watch(this.#host.exits, (_, file) => this.#onExitFile(file));
    watcher.on('error', (error) => this.#log.error({ error }, 'exits are no longer watched'));
    const keeper = setInterval(() => this.#keepLogs(), KEEP_LOGS_MS).unref();
    return { deps: { ...host, engine: this.#engine }, watcher, keeper };
  }

  /** Two looks per workload: an inotify watch would wake at each line that any of them writes. */
  #keepLogs(): void {
    for (const id of idsIn(this.#host))
      try {
        keepSegments(workloadLayout(this.#host, id).log);
      } catch (error) {
        this.#log.warn({ error, id }, 'a log that grew too large is not kept');
      }
  }

  /** conmon writes beside and renames; its unfinished file and our removal before a start tell nothing. */
  #onExitFile(file: string | null): void {
    if (file === null || file.includes('.') || !existsSync(join(this.#host.exits, file))) return;
    this.#announcer
      .announce(file)
      .catch((error: unknown) => this.#log.error({ error, id: file }, 'an exit cannot be read'));
  }
}
