import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { init } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner, type TaskRunnerDeps } from '#kernel/tasks/runner.ts';
import type { NewTask, TaskKind, TaskRun, TaskStep } from '#kernel/tasks/task.ts';
import { ManualClock } from './manual-clock.ts';
import { settle } from './settle.ts';

export const TASKS = { name: 'tasks', migrations: [init] };

type Options = Partial<Omit<TaskRunnerDeps, 'clock' | 'database' | 'kinds'>> & {
  readonly clock?: ManualClock;
};

/** A runner in a time of its own, and the verbs that specs of tasks need, for the target `jar:1`. */
export class TaskRig {
  readonly clock: ManualClock;
  readonly database: Database;
  readonly runner: TaskRunner;

  constructor(
    database: Database,
    kinds: readonly TaskKind[],
    { clock = new ManualClock(), ...options }: Options = {},
  ) {
    this.clock = clock;
    this.database = database;
    this.runner = new TaskRunner({
      database,
      clock,
      kinds,
      log: silentLogger,
      worker: 'control',
      random: () => 0,
      ...options,
    });
  }

  readonly startOnly = (task: Partial<NewTask<unknown>> = {}) =>
    this.database.transaction((tx) => this.runner.start(tx, { ...newTask(), ...task }));

  readonly start = async (task: Partial<NewTask<unknown>> = {}) => {
    const id = await this.startOnly(task);
    this.runner.nudge();
    return id;
  };

  readonly status = () => this.runner.status('jar:1');
  readonly settle = (options?: { hanging: boolean }) => settle(this.runner, this.clock, 'jar:1', options);
}

export const newTask = (): NewTask<unknown> => ({
  kind: 'jar.create-jar',
  target: 'jar:1',
  projectId: 'p1',
  ctx: {
    requestId: 'req-1',
    user: { id: 'u1', name: 'ada', domain: { id: 'd1', name: 'Default' } },
    project: null,
    roles: ['member'],
    isAdmin: false,
  },
  input: null,
  whenBusy: 'refuse',
});

export const kindOf = (...steps: TaskStep[]): TaskKind => ({ kind: 'jar.create-jar', deadline: 60, steps });

export const step = (
  name: string,
  run: TaskStep['run'] = async () => null,
  undo?: TaskStep['undo'],
): TaskStep => ({
  name,
  run,
  ...(undo && { undo }),
});

/** Fails so many times, then succeeds. */
export function failing(error: Error, times: number): () => Promise<void> {
  let left = times;
  return async () => {
    if (left-- > 0) throw error;
  };
}

export const untilAborted = (run: TaskRun) =>
  new Promise((_, reject) => {
    run.signal.addEventListener('abort', () => reject(run.signal.reason as Error));
  });
