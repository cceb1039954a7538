import { Broadcast } from '#drivers/runtime/broadcast.ts';
import type {
  ExecAbility,
  LogAbility,
  LogLine,
  PauseAbility,
  RuntimeDriver,
  RuntimeEvent,
  RuntimeHandle,
  SignalAbility,
  TopAbility,
  WorkloadSpec,
  WorkloadState,
} from '#drivers/runtime/driver.ts';
import { conflict } from '#kernel/errors.ts';
import { ABSENT, isUp } from '#node/objects.ts';

export type RuntimeVerb = 'ensure' | 'start' | 'stop' | 'remove' | 'inspect' | 'recover';

/** Containers of a machine that exists in a test alone: they outlive the driver, as processes outlive the node. */
export class MemoryMachine {
  readonly workloads = new Map<string, { spec: WorkloadSpec; state: WorkloadState }>();
  /** Every verb that was carried out, in order: `start c1`. */
  readonly calls: string[] = [];
  readonly changes = new Broadcast<RuntimeEvent>();
  #ticks = 0;

  /** Each look at the clock is a millisecond later than the one before. */
  time(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.#ticks++).toISOString();
  }

  state(id: string): WorkloadState {
    return this.workloads.get(id)?.state ?? ABSENT;
  }

  set(id: string, change: Partial<WorkloadState>): void {
    const workload = this.workloads.get(id);
    if (!workload) throw conflict(`There is no workload ${id}.`);
    workload.state = { ...workload.state, ...change };
    this.changes.send({ id, state: workload.state });
  }

  /** The workload's process ends by itself. */
  exit(id: string, exitCode: number): void {
    this.set(id, { status: 'stopped', pid: null, exitCode, finishedAt: this.time() });
  }

  /** The machine loses its power: every process ends, and nobody is told. */
  reboot(): void {
    for (const workload of this.workloads.values())
      if (isUp(workload.state))
        workload.state = {
          ...workload.state,
          status: 'stopped',
          pid: null,
          exitCode: 137,
          finishedAt: this.time(),
        };
  }

  count(call: string): number {
    return this.calls.filter((made) => made === call).length;
  }
}

/** A runtime in memory, whose verbs can be made to fail or to wait. */
export class MemoryRuntime implements RuntimeDriver {
  readonly name = 'memory';
  readonly machine: MemoryMachine;
  readonly #failures = new Map<RuntimeVerb, Error[]>();
  readonly #gates = new Map<RuntimeVerb, Promise<void>>();

  constructor(machine: MemoryMachine) {
    this.machine = machine;
  }

  failNext(verb: RuntimeVerb, ...errors: Error[]): void {
    this.#failures.set(verb, [...(this.#failures.get(verb) ?? []), ...errors]);
  }

  /** Calls of the verb wait until the returned function is called. */
  hold(verb: RuntimeVerb): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(verb, promise);
    return () => {
      this.#gates.delete(verb);
      resolve();
    };
  }

  describe = () => ({ name: this.name, version: '1' });
  probe = async () => ({ usable: true });

  async ensure(spec: WorkloadSpec): Promise<RuntimeHandle> {
    await this.#enter('ensure', spec.id);
    const { workloads } = this.machine;
    const state = workloads.get(spec.id)?.state ?? { ...ABSENT, status: 'created' };
    workloads.set(spec.id, { spec, state });
    return { runtime: this.name, id: spec.id, version: 1, data: {} };
  }

  async start({ id }: RuntimeHandle): Promise<void> {
    await this.#enter('start', id);
    if (isUp(this.machine.state(id))) return;
    const startedAt = this.machine.time();
    this.machine.set(id, { status: 'running', pid: 1, exitCode: null, startedAt, finishedAt: null });
  }

  async stop({ id }: RuntimeHandle): Promise<void> {
    await this.#enter('stop', id);
    if (isUp(this.machine.state(id))) this.machine.exit(id, 143);
  }

  async remove({ id }: RuntimeHandle): Promise<void> {
    await this.#enter('remove', id);
    this.machine.workloads.delete(id);
  }

  async inspect({ id }: RuntimeHandle): Promise<WorkloadState> {
    await this.#enter('inspect', id);
    return this.machine.state(id);
  }

  async recover({ id }: RuntimeHandle): Promise<WorkloadState> {
    await this.#enter('recover', id);
    return this.machine.state(id);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.machine.changes.subscribe(signal);
  }

  async stats({ id }: RuntimeHandle) {
    if (!isUp(this.machine.state(id))) throw conflict(`The workload ${id} is not running.`);
    const figures = { cpuNanos: 1, cpuPercent: 0, memoryUsed: 2, memoryLimit: null, pids: 1 };
    return { ...figures, blockRead: 0, blockWritten: 0, netReceived: 0, netSent: 0 };
  }

  async close(): Promise<void> {}

  readonly exec: ExecAbility = {
    run: async ({ id }, { args }) => {
      if (!isUp(this.machine.state(id))) throw conflict(`The workload ${id} is not running.`);
      return { output: `${args.join(' ')}\n`, exitCode: 0 };
    },
  };

  readonly signal: SignalAbility = {
    send: async ({ id }, name) => {
      this.machine.calls.push(`signal ${id} ${name}`);
      if (name === 'SIGKILL') this.machine.exit(id, 137);
    },
  };

  readonly pause: PauseAbility = {
    pause: async ({ id }) => this.machine.set(id, { status: 'paused' }),
    resume: async ({ id }) => this.machine.set(id, { status: 'running' }),
  };

  readonly top: TopAbility = {
    list: async () => ({ titles: ['PID', 'CMD'], processes: [['1', 'init']] }),
  };

  readonly logs: LogAbility = {
    async *read(): AsyncGenerator<LogLine> {
      yield { time: '2026-01-01T00:00:00.000Z', stream: 'stdout', text: 'one' };
      yield { time: '2026-01-01T00:00:01.000Z', stream: 'stderr', text: 'zwei ✓' };
    },
  };

  async #enter(verb: RuntimeVerb, id: string): Promise<void> {
    await this.#gates.get(verb);
    const failure = this.#failures.get(verb)?.shift();
    if (failure) throw failure;
    if (verb !== 'inspect' && verb !== 'recover') this.machine.calls.push(`${verb} ${id}`);
  }
}
