import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import { Alarm } from '../alarm.ts';
import { Bell } from '../bell.ts';
import { isoTime } from '../clock.ts';
import { restoreCtx } from '../context.ts';
import type { Tx } from '../db/database.ts';
import * as claims from './claims.ts';
import { Execution, type ExecutionDeps } from './execution.ts';
import * as store from './store.ts';
import type { TaskRow, TaskTables } from './tables.ts';
import type { NewTask, TaskKind, TaskStatus } from './task.ts';

const LEASE_MS = 30_000;
const SWEEP_MS = 15_000;
const AFTER_ERROR_MS = 1_000;

export interface TaskRunnerDeps extends Pick<ExecutionDeps, 'database' | 'audit' | 'clock' | 'log'> {
  readonly kinds: readonly TaskKind[];
  /** This control process, by a name that stays the same when it restarts and that no other has. Default: the host's. */
  readonly worker?: string;
  /** Tasks worked on at the same time, not counting those that rest; default 64. */
  readonly concurrency?: number;
  readonly random?: ExecutionDeps['random'];
  readonly restoreCtx?: ExecutionDeps['restoreCtx'];
}

/** What to do besides claiming: nothing, renew the leases, or look for what others left behind. */
type Wanted = 'claim' | 'renew' | 'sweep';

const CHANNEL = 'tasks';

/**
 * Runs durable tasks. Its laws:
 *
 * 1. A task and the intent it serves are written in one transaction: `start(tx, …)`, then `nudge()` after the commit.
 * 2. One open task per target. The database says so (a unique index), so it holds between processes too.
 * 3. A task is worked on under a lease. Whoever lost the lease writes nothing: every write names the fence of its claim.
 * 4. A step is recorded, with its output, in the transaction that moves the task on. So it runs at least once; its record
 *    exists once. Undo goes backwards from the step the task stands at, which may have run by half or not at all.
 * 5. All that counts is in the row. A runner can be killed anywhere; the next one goes on. `nudge`, `wake`, signals to the
 *    other processes and timers are only there so that nobody has to wait for the sweep.
 * 6. Whoever only waits has no place: tasks that rest are not counted, and those that go on do not wait for room.
 * 7. While idle it does not poll: one alarm stands at the earliest task, and a sweep every 15 s looks for what other
 *    processes left behind.
 */
export class TaskRunner {
  readonly #deps: ExecutionDeps;
  readonly #kinds: ReadonlyMap<string, TaskKind>;
  readonly #worker: string;
  readonly #concurrency: number;
  readonly #held = new Map<string, Execution>();
  readonly #alarm: Alarm;
  readonly #renewal: Alarm;
  readonly #changed = new Bell();
  readonly #deafen: () => void;
  /** Steps and claims run outside of whatever request or transaction happened to nudge. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #wanted = new Set<Wanted>(['sweep']);
  #busy = false;
  #full = false;
  #stopped = false;

  constructor(deps: TaskRunnerDeps) {
    this.#deps = { random: Math.random, restoreCtx, ...deps };
    this.#kinds = new Map(deps.kinds.map((kind) => [kind.kind, kind]));
    this.#worker = deps.worker ?? hostname();
    this.#concurrency = deps.concurrency ?? 64;
    this.#alarm = new Alarm(deps.clock, () => this.#want('sweep'));
    this.#renewal = new Alarm(deps.clock, () => this.#want('renew'));
    this.#deafen = deps.database.signals.listen(CHANNEL, {
      heard: (what) => this.#want(what === 'renew' ? 'renew' : 'claim'),
      missed: () => this.#want('renew', 'sweep'),
    });
  }

  /** Writes the task in the caller's transaction. Call `nudge()` when that has committed. @returns the task's id. */
  async start<Tables>(tx: Tx<Tables>, task: NewTask<unknown>): Promise<string> {
    const kind = this.#kinds.get(task.kind);
    if (!kind) throw new Error(`No task kind is called '${task.kind}'.`);
    if (task.whenBusy === 'cancel') this.#deps.database.afterCommit(() => this.#want('renew'));
    const now = this.#deps.clock.now();
    await this.#deps.database.signals.send(tx, CHANNEL, task.whenBusy === 'cancel' ? 'renew' : 'claim');
    return store.insert(tx as unknown as Tx<TaskTables>, task, {
      patience: kind.deadline,
      firstStep: kind.steps[0]?.name ?? null,
      now: isoTime(now),
      deadline: isoTime(new Date(now.getTime() + kind.deadline * 1000)),
    });
  }

  /** Runs what is due, now. */
  nudge(): void {
    this.#want('claim');
  }

  /** Something happened to the target: its parked step looks again. Never lost, not even while the step decides to park. */
  async wake(target: string): Promise<void> {
    if (!(await store.wake(this.#db(), target, this.#now()))) return;
    this.nudge();
    await this.#signal('claim');
  }

  /** Turns the target's task to undo at its next step boundary, and those queued behind it. Until it is done, that is. */
  async cancel(target: string, reason: string): Promise<void> {
    const ids = await store.cancel(this.#db(), target, reason, this.#now());
    for (const id of ids) this.#held.get(id)?.cancel(reason);
    this.nudge();
    if (ids.length > 0) await this.#signal('renew');
  }

  /** The open task of a target. */
  async status(target: string): Promise<TaskStatus | undefined> {
    return (await this.statuses([target])).get(target);
  }

  /** The open tasks of many targets, by target, in one query. */
  async statuses(targets: readonly string[]): Promise<ReadonlyMap<string, TaskStatus>> {
    const open = await store.openOf(this.#db(), targets);
    return new Map(open.map((status) => [status.target, status]));
  }

  /** At start: goes on with what a former process of this name left, and with what others let lapse. */
  async recover(): Promise<void> {
    const unknown = (await store.openKinds(this.#db())).filter((kind) => !this.#kinds.has(kind));
    if (unknown.length > 0)
      this.#deps.log.error({ kinds: unknown }, 'tasks of unknown kinds are left waiting');
    await store.wakeAll(this.#db(), this.#now());
    this.#want('sweep');
  }

  /** Lets running steps end or abort, and leaves every task to be gone on with. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#deafen();
    this.#alarm.clear();
    this.#renewal.clear();
    for (const execution of this.#held.values()) execution.stop();
    await this.idle();
  }

  /** Resolves when this runner works on nothing: all has ended or waits. */
  async idle(): Promise<void> {
    while (this.#busy || this.#held.size > 0) await this.#changed.rung;
  }

  /** Resolves with how the last task of a target ended, when none is open. For tests. */
  async settled(target: string): Promise<TaskStatus | undefined> {
    for (;;) {
      const { rung } = this.#changed;
      if (!(await this.status(target))) return store.lastOf(this.#db(), target);
      await rung;
    }
  }

  /** Forgets tasks that ended before the given time (ISO-8601). @returns how many. */
  prune(before: string): Promise<number> {
    return store.prune(this.#db(), before);
  }

  #signal(what: Wanted): Promise<void> {
    return this.#deps.database.signals.send(this.#db(), CHANNEL, what);
  }

  #want(...what: readonly Wanted[]): void {
    for (const one of what) this.#wanted.add(one);
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    void this.#outside(() => this.#work());
  }

  /** One at a time, so that nothing in this process competes with itself. */
  async #work(): Promise<void> {
    try {
      while (!this.#stopped && this.#wanted.size > 0) await this.#round();
    } catch (err) {
      this.#deps.log.error({ err }, 'task runner cannot reach the database');
      this.#alarm.set(this.#time() + AFTER_ERROR_MS);
    } finally {
      this.#busy = false;
      this.#changed.ring();
    }
  }

  async #round(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = new Set();
    const sweep = wanted.has('sweep');
    if (sweep) await claims.disown(this.#db(), this.#worker, [...this.#held.keys()], this.#now());
    if (wanted.has('renew')) await this.#renew();
    await this.#claim();
    if (sweep) await this.#setAlarm();
  }

  async #claim(): Promise<void> {
    const limit = this.#concurrency - this.#working;
    const leaseUntil = this.#leaseEnd();
    const rows =
      limit > 0
        ? await claims.claim(this.#db(), this.#deps.database.engine, this.#claimant(), { leaseUntil, limit })
        : [];
    // Before they are begun: what rests at once has to be noticed.
    this.#full = rows.length >= limit;
    for (const row of rows) this.#launch(row);
  }

  get #working(): number {
    return [...this.#held.values()].filter(({ rests }) => !rests).length;
  }

  #launch(row: TaskRow): void {
    const kind = this.#kinds.get(row.kind);
    if (!kind) throw new Error(`Claimed a task of the unknown kind '${row.kind}'.`);
    const rested = () => this.#full && this.nudge();
    const execution = new Execution(this.#deps, kind, { row, rested });
    if (this.#stopped) execution.stop();
    this.#held.get(row.id)?.lose();
    this.#held.set(row.id, execution);
    this.#renewal.set(this.#time() + LEASE_MS / 3);
    void this.#carry(row.id, execution);
  }

  async #carry(id: string, execution: Execution): Promise<void> {
    try {
      const dueAt = await execution.run();
      if (dueAt !== null) this.#lookAt(Date.parse(dueAt));
    } catch (err) {
      this.#deps.log.error({ task: id, err }, 'task could not be recorded, will be taken up again');
      this.#lookAt(this.#time() + AFTER_ERROR_MS);
    }
    if (this.#held.get(id) === execution) this.#held.delete(id);
    if (this.#held.size === 0) this.#renewal.clear();
    if (this.#full) this.nudge();
    this.#changed.ring();
  }

  #lookAt(time: number): void {
    if (time <= this.#time()) this.nudge();
    else if (!this.#stopped) this.#alarm.set(time);
  }

  async #setAlarm(): Promise<void> {
    const sweepAt = this.#time() + SWEEP_MS;
    // With no hand free there is no use in looking: whoever ends first nudges.
    const next = this.#full ? null : await claims.earliest(this.#db(), this.#claimant());
    if (!this.#stopped) this.#alarm.set(next === null ? sweepAt : Math.min(sweepAt, Date.parse(next)));
  }

  async #renew(): Promise<void> {
    const held = [...this.#held];
    if (held.length === 0) return;
    const ids = held.map(([id]) => id);
    const rows = await claims.renew(this.#db(), this.#worker, ids, this.#leaseEnd());
    const mine = new Map(rows.map((row) => [row.id, row]));
    for (const [id, execution] of held) {
      const row = mine.get(id);
      if (row?.fence !== execution.fence) execution.lose();
      else if (row.cancel !== null) execution.cancel(row.cancel);
      else execution.abortIfOverdue();
    }
    if (!this.#stopped) this.#renewal.set(this.#time() + LEASE_MS / 3);
  }

  #claimant(): claims.Claimant {
    return { worker: this.#worker, kinds: [...this.#kinds.keys()], now: this.#now() };
  }

  #db() {
    return this.#deps.database.handle<TaskTables>();
  }

  #time(): number {
    return this.#deps.clock.now().getTime();
  }

  #now(): string {
    return isoTime(this.#deps.clock.now());
  }

  #leaseEnd(): string {
    return isoTime(new Date(this.#time() + LEASE_MS));
  }
}
