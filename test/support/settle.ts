import { setImmediate as turn } from 'node:timers/promises';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { TaskStatus } from '#kernel/tasks/task.ts';
import type { ManualClock } from './manual-clock.ts';

/**
 * Lets time pass whenever the runner has nothing to do, until no task of the target is open.
 * @param hanging time passes although a step runs, for one that waits to be aborted.
 */
export async function settle(
  runner: TaskRunner,
  clock: ManualClock,
  target: string,
  { hanging }: { readonly hanging: boolean } = { hanging: false },
): Promise<TaskStatus | undefined> {
  for (;;) {
    if (!hanging) await runner.idle();
    if (!(await runner.status(target))) return runner.settled(target);
    await clock.step();
    await turn(); // so that a task which never ends runs into the test's own time limit
  }
}
