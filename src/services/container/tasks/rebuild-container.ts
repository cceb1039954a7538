import { isoTime } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import { park, type TaskKind, type TaskStep } from '#kernel/tasks/task.ts';
import { containerNotFound, type Container } from '../model/container.ts';
import { answers } from '../model/report.ts';
import { toDesired } from '../model/spec.ts';
import { changeContainer, containerEvent } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore } from '../store/containers.ts';

export const REBUILD_CONTAINER = 'container.rebuild-container';

interface Input {
  readonly id: string;
}

type Step = TaskStep<Input>;

/** Tells the node and waits for it: what is to be is in the row already. There is no way back; what fails leaves Error and why. */
export const rebuildContainer = (deps: TaskDeps): TaskKind<Input> => ({
  kind: REBUILD_CONTAINER,
  deadline: 600,
  steps: [putOnNode(deps), awaitNode(deps)],
  failed: ({ input }, error) => fail(deps, input.id, error),
});

export const putOnNode = (deps: TaskDeps): Step => ({
  name: 'put-on-node',
  async run({ input }) {
    const container = await getContainer(deps, input.id);
    const object = toDesired(container, deps.defaultRuntime);
    if (object && container.host !== null) await deps.nodes.put(container.host, [object], []);
  },
});

/** The node's report moves the container on; here we only wait for it. */
const awaitNode = (deps: TaskDeps): Step => ({
  name: 'await-node',
  async run({ input }) {
    const container = await getContainer(deps, input.id);
    const { observed, status, host } = container;
    if (observed?.failed && answers(container, observed))
      throw new CloudError('internal', observed.reason ?? `Node ${host} failed to rebuild the container.`);
    return status === 'Rebuilding' ? park(null, `node ${host} to rebuild the container`) : undefined;
  },
});

async function fail(deps: TaskDeps, id: string, error: Error): Promise<void> {
  await changeContainer(
    deps,
    id,
    (before) =>
      before.status === 'Deleting'
        ? before
        : { ...before, status: 'Error', statusReason: error.message, taskState: null },
    async (tx, container) => {
      await actionStore.finish(tx, [id], { at: isoTime(deps.clock.now()), error: error.message });
      await deps.events.append(tx, containerEvent(container, 'error'));
    },
  );
  deps.events.publish();
}

export async function getContainer(deps: TaskDeps, id: string): Promise<Container> {
  const container = await containerStore.find(deps.database.handle(), id);
  if (!container) throw containerNotFound(id);
  return container;
}
