import type { RawBuilder } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { NewAuditRecord } from '../audit/record.ts';
import type { Ctx, CtxDeps, StoredCtx } from '../context.ts';
import type { Clock } from '../clock.ts';
import { isoTime } from '../clock.ts';
import { fromJson, json } from '../db/columns.ts';
import type { Database, Db, Tx } from '../db/database.ts';
import { CloudError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { backoff } from './backoff.ts';
import * as claims from './claims.ts';
import { cancelled, failureOf, restoreFailure, timedOut } from './failure.ts';
import * as moves from './moves.ts';
import { promote } from './store.ts';
import type { TaskPatch, TaskRow, TaskTables } from './tables.ts';
import { isParked, type Parked, type TaskKind, type TaskRun } from './task.ts';

export interface ExecutionDeps {
  readonly database: Database;
  /** Told what came of every task, in the transaction of its end. */
  readonly audit?: Pick<AuditLog, 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly restoreCtx: (stored: StoredCtx, deps: CtxDeps) => Ctx;
}

type Result<T> = { readonly value: T } | { readonly thrown: unknown };

/**
 * Carries one claimed task as far as it goes: to its end, to a wait, or to the loss of its lease. Every change is one guarded
 * write; the row it returns is what the next decision is made on.
 */
export class Execution {
  readonly #deps: ExecutionDeps;
  readonly #kind: TaskKind;
  readonly #log: Logger;
  #row: TaskRow;
  #outputs: Record<string, unknown> = {};
  #abort = new AbortController();
  #stopping = false;
  #rests = false;
  readonly #rested: () => void;
  /** Set when the task is no longer worked on: when there is more to do for its target, if ever. */
  #left: { readonly dueAt: string | null } | undefined;

  /** @param rested hears when its place may be another's */
  constructor(deps: ExecutionDeps, kind: TaskKind, { row, rested }: { row: TaskRow; rested: () => void }) {
    this.#deps = deps;
    this.#kind = kind;
    this.#row = row;
    this.#rested = rested;
    this.#log = deps.log.child({ task: row.id, kind: row.kind, target: row.target });
  }

  get fence(): number {
    return this.#row.fence;
  }

  /** What runs now only waits. */
  get rests(): boolean {
    return this.#rests;
  }

  /** @returns when there is more to do for this target; null when that is not for this worker to say. */
  async run(): Promise<string | null> {
    if (this.#row.fence > 1) await this.#readOutputs();
    while (!this.#left) {
      if (this.#stopping) await this.#leave(this.#now());
      else if (this.#row.state === 'undoing') await this.#backward();
      else await this.#forward();
    }
    return this.#left.dueAt;
  }

  /** Turns to undo at the next step boundary; what runs now is asked to hurry. */
  cancel(reason: string): void {
    if (this.#row.state === 'undoing' || this.#row.cancel !== null) return;
    this.#row = { ...this.#row, cancel: reason };
    this.#abort.abort(cancelled(reason));
  }

  /** Leaves the task to be gone on with by the next runner, after the step that runs now or in its midst. */
  stop(): void {
    this.#stopping = true;
    this.#abort.abort(new CloudError('unavailable', 'The task runner stops.'));
  }

  /** Another worker has it: nothing this one does is recorded any more. */
  lose(): void {
    this.#left ??= { dueAt: null };
    this.#abort.abort(new CloudError('unavailable', 'The lease of this task was lost.'));
  }

  /** Asks a step that hangs to give up once the task is out of time. */
  abortIfOverdue(): void {
    if (this.#row.state !== 'undoing' && this.#isOverdue())
      this.#abort.abort(timedOut(`'${this.#row.step}'`));
  }

  async #forward(): Promise<unknown> {
    const row = this.#row;
    if (row.cancel !== null) return this.#turn(cancelled(row.cancel));
    const result = await this.#try((run) => this.#step(row, run));
    if ('thrown' in result) return this.#failed(result.thrown);
    if (isParked(result.value)) return this.#park(result.value);
    if (row.step === null) return this.#end();
    return this.#record(row.step, result.value);
  }

  /** @returns the output as JSON, for an output that cannot be stored is a failure of the step. */
  async #step(row: TaskRow, run: TaskRun): Promise<string | Parked | undefined> {
    if (row.step === null) {
      await this.#kind.finished?.(run);
      return;
    }
    const step = moves.stepOf(this.#kind, row);
    if (!step)
      throw new CloudError('internal', `The step '${row.step}' of '${row.kind}' is not known any more.`);
    const output = await step.run(run);
    return isParked(output) ? output : json(output ?? null);
  }

  async #backward(): Promise<unknown> {
    const row = this.#row;
    const result = await this.#try((run) =>
      row.step === null
        ? this.#kind.failed?.(run, restoreFailure(row.failure))
        : moves.stepOf(this.#kind, row)?.undo?.(run),
    );
    if ('thrown' in result) return this.#failed(result.thrown);
    if (row.step === null) return this.#end();
    return this.#undone(row.step);
  }

  async #try<T>(work: (run: TaskRun) => Promise<T> | undefined): Promise<Result<T | undefined>> {
    this.#abort = new AbortController();
    try {
      return { value: await work(this.#taskRun(this.#abort.signal)) };
    } catch (thrown) {
      return { thrown };
    } finally {
      this.#rests = false;
    }
  }

  #taskRun(signal: AbortSignal): TaskRun {
    const { id, target, input, ctx, attempt } = this.#row;
    const { clock } = this.#deps;
    return {
      id,
      target,
      input: fromJson(input),
      ctx: this.#deps.restoreCtx(fromJson(ctx), { clock, log: this.#log, signal }),
      outputs: this.#outputs,
      attempt,
      signal,
      rests: (yes) => {
        this.#rests = yes && !signal.aborted;
        if (this.#rests) this.#rested();
      },
    };
  }

  /** A failure counts only while the work was wanted. Steps are retried until the deadline, undo and hooks for ever. */
  async #failed(thrown: unknown): Promise<unknown> {
    const { state, step, cancel } = this.#row;
    const forward = state !== 'undoing';
    if (this.#stopping || this.#left || (forward && cancel !== null)) return;
    const failure = failureOf(thrown);
    const final = forward && step !== null && (!failure.retryable || this.#isOverdue());
    return final ? this.#turn(failure) : this.#retry(failure);
  }

  #park({ until, waitsFor }: Parked): Promise<unknown> {
    if (this.#isOverdue()) return this.#turn(timedOut(waitsFor));
    const at = this.#beforeDeadline(until ?? this.#row.deadline);
    return this.#leave(claims.unlessWoken(this.#row, at, this.#now()), { waits_for: waitsFor, error: null });
  }

  #retry(failure: CloudError): Promise<void> {
    const { attempt, state, step } = this.#row;
    this.#log.warn({ step, attempt, err: failure }, 'step failed, will be tried again');
    const delay = backoff(attempt, this.#deps.random());
    const at = isoTime(new Date(this.#deps.clock.now().getTime() + delay));
    const runAt = state === 'undoing' ? at : claims.unlessCancelled(this.#beforeDeadline(at), this.#now());
    return this.#leave(runAt, { attempt: attempt + 1, error: failure.message });
  }

  #turn(failure: CloudError): Promise<unknown> {
    this.#log.warn({ step: this.#row.step, err: failure }, 'task failed, will be undone');
    return this.#write(moves.turn(this.#kind, this.#row, failure));
  }

  #record(name: string, output = 'null'): Promise<unknown> {
    const at = this.#now();
    this.#outputs = { ...this.#outputs, [name]: fromJson(output) };
    return this.#write(moves.advance(this.#kind, this.#row), (tx) =>
      claims.addOutput(tx, this.#row.id, { name, output, at }),
    );
  }

  #undone(name: string): Promise<unknown> {
    return this.#write(moves.retreat(this.#kind, this.#row), (tx) =>
      claims.markUndone(tx, this.#row.id, name, this.#now()),
    );
  }

  async #leave(runAt: string | RawBuilder<string>, change: TaskPatch = {}): Promise<void> {
    const written = await this.#write({ ...moves.leave(this.#row, runAt), ...change });
    if (written) this.#left = { dueAt: this.#row.run_at };
  }

  async #end(): Promise<void> {
    const now = this.#deps.clock.now();
    let promoted = false;
    const written = await this.#write(moves.end(this.#row), async (tx) => {
      promoted = await promote(tx, this.#row.target, now);
      await this.#deps.audit?.write(tx, auditOf(this.#row));
    });
    if (written) this.#left = { dueAt: promoted ? isoTime(now) : null };
  }

  /** Writes a change while the lease is ours, with what else must hold exactly then; otherwise lets go of the task. */
  async #write(change: TaskPatch, also?: (tx: Tx<TaskTables>) => Promise<unknown>): Promise<boolean> {
    const { database } = this.#deps;
    const update = (db: Db<TaskTables>) =>
      claims.patch(db, this.#row, { ...change, updated_at: this.#now() });
    const row = also
      ? await database.transaction<TaskTables, TaskRow | undefined>(async (tx) => {
          const updated = await update(tx);
          if (updated) await also(tx);
          return updated;
        })
      : await update(database.handle());
    // A cancellation may have come while the write was under way.
    if (row) this.#row = { ...row, cancel: row.cancel ?? this.#row.cancel };
    else this.lose();
    return row !== undefined;
  }

  async #readOutputs(): Promise<void> {
    const rows = await claims.outputs(this.#deps.database.handle(), this.#row.id);
    this.#outputs = Object.fromEntries(rows.map(({ name, output }) => [name, fromJson(output)]));
  }

  #now(): string {
    return isoTime(this.#deps.clock.now());
  }

  #isOverdue(): boolean {
    return this.#now() >= this.#row.deadline;
  }

  #beforeDeadline(at: string): string {
    return at < this.#row.deadline ? at : this.#row.deadline;
  }
}

/** The end of a task, done or undone: `row` is the task as it was just before. */
function auditOf({ ctx, kind, project, state, target, failure }: TaskRow): NewAuditRecord {
  const { requestId, user } = fromJson<StoredCtx>(ctx);
  return {
    requestId,
    service: kind.split('.')[0] ?? '',
    action: kind,
    outcome: state === 'undoing' ? 'failure' : 'success',
    user,
    projectId: project,
    target,
    source: '',
    reason: failure === null ? '' : restoreFailure(failure).code,
  };
}
