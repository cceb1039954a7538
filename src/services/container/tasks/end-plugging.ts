import { isoTime } from '#kernel/clock.ts';
import type { TaskRun } from '#kernel/tasks/task.ts';
import { isPlugging } from '../model/plugging.ts';
import { changeContainer, containerEvent } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { actionStore } from '../store/actions.ts';

/** What a task that changes a container's ports works on. */
export interface PluggingInput {
  readonly id: string;
}

/**
 * Ends what the request began: the container's state, the record of the action, and an event. A container that is being
 * deleted meanwhile stays so.
 * @param what of the event: `network_attached`
 */
export async function endPlugging(
  deps: TaskDeps,
  { input, ctx }: TaskRun<PluggingInput>,
  { what, error = null }: { readonly what: string; readonly error?: string | null },
): Promise<void> {
  await changeContainer(
    deps,
    input.id,
    (before) =>
      isPlugging(before.taskState)
        ? { ...before, taskState: null, statusReason: error ?? before.statusReason }
        : before,
    async (tx, container) => {
      const at = isoTime(deps.clock.now());
      await actionStore.finish(tx, [container.id], { at, error, requestId: ctx.requestId });
      await deps.events.append(tx, containerEvent(container, what));
    },
  );
  deps.events.publish();
}
