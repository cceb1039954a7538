import { isoTime, type Clock } from '#kernel/clock.ts';
import { checkDestinations } from '#kernel/destinations.ts';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import {
  ABSENT,
  type LogLine,
  type RuntimeEvent,
  type WorkloadSpec,
  type WorkloadState,
  type WorkloadUsage,
} from '../driver.ts';
import { Broadcast } from '../broadcast.ts';
import { echoing } from './console.ts';
import { Faults } from './faults.ts';

export type FakeVerb =
  | 'ensure'
  | 'start'
  | 'stop'
  | 'remove'
  | 'inspect'
  | 'recover'
  | 'stats'
  | 'exec'
  | 'pause'
  | 'resume'
  | 'get-archive'
  | 'put-archive'
  | 'commit'
  | 'resize';

/** What a program of the fake machine does; one without any of these runs until its stop signal and ends with 0. */
export interface FakeProgram {
  readonly says?: readonly (readonly [LogLine['stream'], string])[];
  /** Ends at once with this code. */
  readonly exits?: number;
  /** Signals that it does not mind. */
  readonly ignores?: readonly string[];
  readonly missing?: true;
  /** As a command: never ends. */
  readonly hangs?: true;
  /** Says `heard X` for each line X that it is told, and ends with 0 after `bye`. */
  readonly echoes?: true;
}

export interface FakeHostOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** By the first argument; an unknown one just runs. */
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  readonly users?: readonly string[];
}

export interface FakeWorkload {
  /** As it is now: resizing changes it. */
  spec: WorkloadSpec;
  /** What was put into it, by absolute path. */
  readonly files: Map<string, FakeFile>;
  state: WorkloadState;
  readonly log: LogLine[];
  /** Called when the process ends. */
  readonly waiting: (() => void)[];
}

export interface FakeFile {
  readonly type: 'file' | 'directory' | 'symlink' | 'link';
  readonly text: string;
  readonly mode: number;
  readonly mtime: Date;
}

const KILLED = 137;
/** For an end that nobody saw, as of a real machine. */
const UNKNOWN_EXIT = 255;

/** The machine behind fake drivers: it outlives them, as a real one does, so that recovery can be tested. */
export class FakeHost {
  readonly faults = new Faults<FakeVerb>();
  readonly events = new Broadcast<RuntimeEvent>();
  /** Each line as a workload writes it. */
  readonly written = new Broadcast<LogLine & { readonly id: string }>();
  /** Every verb and signal that reached the machine, oldest first: `start c1`, `signal c1 SIGTERM`. */
  readonly calls: string[] = [];
  /** What a workload has used, where a test says it. */
  readonly usage = new Map<string, Partial<WorkloadUsage>>();
  readonly #options: FakeHostOptions;
  readonly #workloads = new Map<string, FakeWorkload>();
  #lastPid = 1000;

  constructor(options: FakeHostOptions) {
    this.#options = options;
  }

  /** Everything that exists, for leak checks: one line per workload, and one per process. */
  inventory(): readonly string[] {
    return [...this.#workloads].flatMap(([id, { state }]) => [
      `workload ${id}`,
      ...(state.pid === null ? [] : [`process ${state.pid} of ${id}`]),
    ]);
  }

  ids(): readonly string[] {
    return [...this.#workloads.keys()];
  }

  count(call: string): number {
    return this.calls.filter((made) => made === call).length;
  }

  program(args: readonly string[]): FakeProgram {
    return this.#options.programs?.[args[0] ?? ''] ?? {};
  }

  find(id: string): FakeWorkload | undefined {
    return this.#workloads.get(id);
  }

  state(id: string): WorkloadState {
    return this.#workloads.get(id)?.state ?? ABSENT;
  }

  /** @throws CloudError `conflict` when nothing runs. */
  running(id: string): FakeWorkload & { readonly pid: number } {
    const workload = this.#workloads.get(id);
    const { pid, status } = this.state(id);
    if (!workload || pid === null) throw conflict(`The workload ${id} is not running, it is ${status}.`);
    return { ...workload, pid };
  }

  create(spec: WorkloadSpec): void {
    checkDestinations(
      [...spec.files, ...(spec.mounts ?? [])].map((put) => ('path' in put ? put.path : put.destination)),
    );
    const [user = ''] = spec.user.split(':');
    if (!/^\d*$/.test(user) && !(this.#options.users ?? ['root']).includes(user))
      throw badRequest(`unable to find user ${user}: no matching entries in passwd file`);
    const known = this.#workloads.get(spec.id);
    if (known && known.state.pid === null) known.spec = spec;
    if (known) return;
    this.#workloads.set(spec.id, {
      spec,
      state: { ...ABSENT, status: 'created' },
      log: [],
      waiting: [],
      files: new Map(),
    });
  }

  launch(id: string): void {
    const workload = this.#workloads.get(id);
    if (!workload) throw notFound(`There is no workload ${id} to start.`);
    if (workload.state.pid !== null) return;
    const program = this.program(workload.spec.args);
    if (program.missing) throw badRequest(`executable file \`${workload.spec.args[0]}\` not found in $PATH`);
    const now = this.#now();
    this.#set(id, { ...ABSENT, status: 'running', pid: ++this.#lastPid, startedAt: now });
    for (const [stream, text] of program.says ?? []) this.say(id, text, stream);
    if (program.exits !== undefined) this.exit(id, program.exits);
  }

  /** The process writes a line. */
  say(id: string, text: string, stream: LogLine['stream'] = 'stdout'): void {
    const line = { time: this.#now(), stream, text };
    this.#workloads.get(id)?.log.push(line);
    this.written.send({ ...line, id });
  }

  /** The process is told something. */
  type(id: string, text: string): void {
    const { spec } = this.running(id);
    if (!spec.stdin || !this.program(spec.args).echoes) return;
    const heard = echoing(
      (line) => this.say(id, line),
      (code) => this.exit(id, code),
    );
    heard(text);
  }

  /** Nobody types any more: an echoing process that is told so ends. */
  endInput(id: string): void {
    const { spec, state } = this.#workloads.get(id) ?? {};
    if (!spec?.stdin || !spec.stdinOnce || state?.pid === null) return;
    if (this.program(spec.args).echoes) this.exit(id, 0);
  }

  /** The process ends, as if by itself. */
  exit(id: string, exitCode: number, oomKilled = false): void {
    const { state } = this.running(id);
    this.#set(id, { ...state, ...this.#end(exitCode), oomKilled });
    this.#wake(id);
  }

  /** The machine starts again: every process has ended, and nobody was told. */
  reboot(): void {
    for (const [id, workload] of this.#workloads) {
      if (workload.state.pid === null) continue;
      workload.state = { ...workload.state, ...this.#end(UNKNOWN_EXIT) };
      this.#wake(id);
    }
  }

  signal(id: string, name: string): void {
    const { spec } = this.running(id);
    this.calls.push(`signal ${id} ${name}`);
    if (name === 'SIGKILL') this.exit(id, KILLED);
    else if (name === spec.stopSignal && !this.program(spec.args).ignores?.includes(name)) this.exit(id, 0);
  }

  /** Resolves at the end of what runs; at once when nothing does. */
  ended(id: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const workload = this.#workloads.get(id);
    if (workload && workload.state.pid !== null) workload.waiting.push(resolve);
    else resolve();
    return promise;
  }

  /** @throws CloudError `not-found` */
  get(id: string): FakeWorkload {
    const workload = this.#workloads.get(id);
    if (!workload) throw notFound(`There is no workload ${id}.`);
    return workload;
  }

  freeze(id: string, frozen: boolean): void {
    const { state } = this.running(id);
    const status = frozen ? 'paused' : 'running';
    if (state.status !== status) this.#set(id, { ...state, status });
  }

  destroy(id: string): void {
    if (this.state(id).pid !== null) this.exit(id, KILLED);
    if (this.#workloads.delete(id)) this.events.send({ id, state: ABSENT });
  }

  #set(id: string, state: WorkloadState): void {
    const workload = this.#workloads.get(id);
    if (!workload) return;
    workload.state = state;
    this.events.send({ id, state });
  }

  #end(exitCode: number) {
    return { status: 'stopped', pid: null, exitCode, finishedAt: this.#now() } as const;
  }

  #wake(id: string): void {
    for (const wake of this.#workloads.get(id)?.waiting.splice(0) ?? []) wake();
  }

  #now(): string {
    return isoTime(this.#options.clock.now());
  }
}
