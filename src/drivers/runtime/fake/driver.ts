import { systemClock, type Clock } from '#kernel/clock.ts';
import { badRequest, conflict } from '#kernel/errors.ts';
import type {
  ArchiveAbility,
  CommitAbility,
  AttachAbility,
  ExecAbility,
  InterfacesAbility,
  ExecOutcome,
  ExecRequest,
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
import { devicesOf, directoriesOf } from '../mounts.ts';
import { signalNumber } from '../signals.ts';
import { joinFake, openFake } from './console.ts';
import { allFiles, getFiles, putFiles } from './files.ts';
import { FakeHost, type FakeVerb } from './host.ts';

const NOT_FOUND = 127;
const SIGKILL = 9;
const MIB = 1024 * 1024;

interface FakeRuntimeOptions {
  readonly clock?: Clock;
  /** Whether its workloads are as machines of their own: they take volumes as block devices, and are told of interfaces. Its name is `fake-disks` then. */
  readonly disks?: true;
}

/** A runtime in memory. What it runs lives in the `FakeHost`, where tests order failures, delays and exits. */
export class FakeRuntime implements RuntimeDriver {
  readonly confidential = true;
  readonly name: string;
  declare readonly disks?: true;
  declare readonly interfaces?: InterfacesAbility;
  /** Workloads that were told of their interfaces, each time. */
  readonly followed: string[] = [];
  readonly host: FakeHost;
  readonly #clock: Clock;
  readonly #closed = new AbortController();

  constructor(
    host = new FakeHost({ clock: systemClock }),
    { clock = systemClock, disks }: FakeRuntimeOptions = {},
  ) {
    this.name = disks ? 'fake-disks' : 'fake';
    if (disks) {
      this.disks = disks;
      this.interfaces = { follow: async ({ id }) => void this.followed.push(id) };
    }
    this.host = host;
    this.#clock = clock;
  }

  describe(): RuntimeDescription {
    return { name: this.name, version: '1' };
  }

  async probe(): Promise<RuntimeProbe> {
    return { usable: true };
  }

  ensure(spec: WorkloadSpec): Promise<RuntimeHandle> {
    return this.#run('ensure', spec.id, () => {
      signalNumber(spec.stopSignal);
      void (this.disks ? devicesOf(spec) : directoriesOf(spec));
      this.host.create(spec);
      return { runtime: this.name, id: spec.id, version: 1, data: {} };
    });
  }

  start({ id }: RuntimeHandle): Promise<void> {
    return this.#run('start', id, () => this.host.launch(id));
  }

  stop({ id }: RuntimeHandle, timeoutSeconds: number): Promise<void> {
    return this.#run('stop', id, async () => {
      const workload = this.host.find(id);
      if (!workload || workload.state.pid === null) return;
      this.host.signal(id, workload.spec.stopSignal);
      const timer = new AbortController();
      const late = this.#clock.sleep(timeoutSeconds * 1000, timer.signal).catch(() => {});
      await Promise.race([this.host.ended(id), late]);
      timer.abort();
      if (this.host.state(id).pid !== null) this.host.signal(id, 'SIGKILL');
    });
  }

  remove({ id }: RuntimeHandle): Promise<void> {
    return this.#run('remove', id, () => this.host.destroy(id));
  }

  inspect({ id }: RuntimeHandle): Promise<WorkloadState> {
    return this.#run('inspect', id, () => this.host.state(id));
  }

  recover({ id }: RuntimeHandle): Promise<WorkloadState> {
    return this.#run('recover', id, () => this.host.state(id));
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.host.events.subscribe(AbortSignal.any([signal, this.#closed.signal]));
  }

  usage({ id }: RuntimeHandle): Promise<WorkloadUsage> {
    return this.#run('stats', id, () => {
      const { memory } = this.host.running(id).spec.resources;
      const used = { cpuNanos: 1_000_000, memoryUsed: MIB, pids: 1, ...this.host.usage.get(id) };
      const io = { blockRead: 0, blockWritten: 0, netReceived: 0, netSent: 0 };
      return { ...io, memoryLimit: memory === null ? null : memory * MIB, ...used };
    });
  }

  async stats(handle: RuntimeHandle): Promise<WorkloadStats> {
    return { ...(await this.usage(handle)), cpuPercent: 1 };
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  readonly exec: ExecAbility = {
    run: ({ id }, request) => this.#run('exec', id, () => this.#execute(id, request)),
    open: ({ id }, command) => {
      return this.#run('exec', id, () => {
        this.#awake(id);
        return openFake(this.host, id, command);
      });
    },
  };

  readonly signal: SignalAbility = {
    send: async ({ id }, name) => this.host.signal(id, signalNumber(name) === SIGKILL ? 'SIGKILL' : name),
  };

  readonly pause: PauseAbility = {
    pause: ({ id }) => this.#run('pause', id, () => this.host.freeze(id, true)),
    resume: ({ id }) => this.#run('resume', id, () => this.host.freeze(id, false)),
  };

  readonly top: TopAbility = {
    list: async ({ id }) => {
      const { pid, spec } = this.host.running(id);
      return { titles: ['PID', 'CMD'], processes: [[String(pid), spec.args.join(' ')]] };
    },
  };

  readonly logs: LogAbility = {
    read: ({ id }, query) => selected(this.host.find(id)?.log ?? [], query),
    follow: ({ id }, query, signal) => this.#follow(id, query, signal),
  };

  readonly attach: AttachAbility = {
    join: async ({ id }) => {
      this.host.running(id);
      return joinFake(this.host, id, this.#closed.signal);
    },
    resize: async ({ id }, { rows, columns }) => {
      if (!this.host.running(id).spec.tty) throw badRequest(`The workload ${id} has no terminal.`);
      this.host.calls.push(`resize ${id} ${rows}x${columns}`);
    },
  };

  async *#follow(id: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    const over = new AbortController();
    const written = this.host.written.subscribe(AbortSignal.any([signal, over.signal]));
    void this.host.ended(id).then(() => setImmediate(() => over.abort()));
    yield* selected([...(this.host.find(id)?.log ?? [])], query);
    for await (const { id: from, ...line } of written) if (from === id && query[line.stream]) yield line;
  }

  #awake(id: string): void {
    if (this.host.running(id).state.status === 'paused')
      throw conflict(`The workload ${id} is paused; resume it first.`);
  }
  readonly archive: ArchiveAbility = {
    get: ({ id }, path, limits) =>
      this.#run('get-archive', id, () => getFiles(this.host.get(id).files, path, limits)),
    put: ({ id }, path, upload) =>
      this.#run('put-archive', id, () => putFiles(this.host.get(id).files, path, upload)),
  };

  readonly commit: CommitAbility = {
    layer: ({ id }, limits) => this.#run('commit', id, () => allFiles(this.host.get(id).files, limits)),
  };

  readonly resize: ResizeAbility = {
    apply: ({ id }, resources) =>
      this.#run('resize', id, () => {
        const workload = this.host.get(id);
        if (workload.state.pid !== null && (resources.memory ?? MIB) * MIB < MIB)
          throw conflict('The container uses more memory than that.');
        workload.spec = { ...workload.spec, resources };
      }),
  };

  #run<T>(verb: FakeVerb, id: string, effect: () => T | Promise<T>): Promise<T> {
    return this.host.faults.run(verb, () => {
      this.host.calls.push(`${verb} ${id}`);
      return effect();
    });
  }

  async #execute(id: string, { args, timeoutSeconds, maxOutput }: ExecRequest): Promise<ExecOutcome> {
    this.#awake(id);
    const { says = [], exits = 0, missing, hangs } = this.host.program(args);
    if (missing)
      return { output: `executable file \`${args[0]}\` not found in $PATH\n`, exitCode: NOT_FOUND };
    if (hangs) throw conflict(`The command did not end within ${timeoutSeconds} s and was killed.`);
    const output = says.map(([, text]) => `${text}\n`).join('');
    return { output: output.slice(0, maxOutput), exitCode: exits };
  }
}

async function* selected(
  log: readonly LogLine[],
  { tail, since, ...streams }: LogQuery,
): AsyncGenerator<LogLine> {
  const lines = log.filter((line) => streams[line.stream] && (since === null || line.time > since));
  yield* tail === null ? lines : lines.slice(Math.max(0, lines.length - tail));
}
