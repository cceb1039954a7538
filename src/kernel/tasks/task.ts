import type { Ctx, StoredCtx } from '../context.ts';

/**
 * A durable operation: named steps, each of which may run twice. Names of outside things derive from our ids, every verb
 * used is idempotent, and writes are guarded by the object's generation. kill -9 at any point is a normal event.
 */
export interface TaskKind<Input = unknown> {
  /** `<service>.<verb>-<noun>`: `container.create-container`. */
  readonly kind: string;
  /** Seconds after which retryable errors are final and the task turns to undo. */
  readonly deadline: number;
  readonly steps: readonly TaskStep<Input>[];
  /** After the last step, at least once, in a transaction of its own idempotent making. Retried until it succeeds. */
  finished?(run: TaskRun<Input>): Promise<void>;
  /**
   * After everything is undone, at least once: tell the object why. `error` is what the failed step threw, or the
   * cancellation (code `cancelled`). Retried until it succeeds.
   */
  failed?(run: TaskRun<Input>, error: Error): Promise<void>;
}

export interface TaskStep<Input = unknown> {
  readonly name: string;
  /**
   * @returns what later steps may read in `run.outputs[name]` (plain JSON), or `park(…)` to be run again when something
   * happens. A retryable CloudError backs off and runs again until the deadline; any other error starts the undo.
   */
  run(run: TaskRun<Input>): Promise<unknown>;
  /** Takes back what `run` did: all of it, half of it or nothing, for a task may be cancelled before its step ran. Retried until it succeeds. */
  undo?(run: TaskRun<Input>): Promise<void>;
}

export interface TaskRun<Input = unknown> {
  readonly id: string;
  readonly target: string;
  readonly input: Input;
  readonly ctx: Ctx;
  /** What recorded steps returned, by step name. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** 1 for the first try of this step. */
  readonly attempt: number;
  /** Aborts when the task is cancelled, its deadline passes, its lease is lost or the runner stops. */
  readonly signal: AbortSignal;
  /**
   * Says that the step only waits from now on, or that it goes on: while it waits, another task has its place among those that are worked
   * on at once. For waits that are too short, or too much in memory, to be parked.
   */
  readonly rests: (yes: boolean) => void;
}

const PARKED = Symbol('parked');

export interface Parked {
  readonly [PARKED]: true;
  /** At the latest then it runs again, ISO-8601. null = on the event or at the task's deadline. */
  readonly until: string | null;
  /** What it waits for, in words that fit "waiting for …". */
  readonly waitsFor: string;
}

/**
 * The step waits: it runs again when `TaskRunner.wake(target)` is called, at `until`, or at the deadline, whichever is first.
 * A step that parks after its deadline has failed. It must look for itself whether it may go on: it may be woken for nothing.
 */
export const park = (until: string | null = null, waitsFor = 'an event'): Parked => ({
  [PARKED]: true,
  until,
  waitsFor,
});
export const isParked = (value: unknown): value is Parked =>
  typeof value === 'object' && value !== null && PARKED in value;

export interface NewTask<Input> {
  readonly kind: string;
  /** What it works on, `container:<uuid>`. One open task per target: that is the lock. */
  readonly target: string;
  readonly projectId: string | null;
  readonly ctx: StoredCtx;
  readonly input: Input;
  /**
   * What to do when the target has an open task: `refuse` throws CloudError `conflict`; `after` runs when it has ended;
   * `cancel` makes it undo at its next step boundary, and all that are queued behind it, then runs. Deletes use `cancel`.
   */
  readonly whenBusy: 'refuse' | 'after' | 'cancel';
}

/** queued: behind another of its target. waiting: parked or backing off. */
export type TaskState = 'queued' | 'pending' | 'running' | 'waiting' | 'undoing' | 'done' | 'failed';

/** What a person may be told about a task: why an object waits. */
export interface TaskStatus {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly state: TaskState;
  readonly step: string | null;
  readonly attempt: number;
  /** What the last try failed with. */
  readonly error: string | null;
  /** What a parked step waits for. */
  readonly waitsFor: string | null;
  /** When it runs next; while it runs, when its worker's lease ends. */
  readonly runAt: string;
}
