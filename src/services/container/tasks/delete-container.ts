import { isoTime } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { park, type Parked, type TaskKind, type TaskStep } from '#kernel/tasks/task.ts';
import { exposedGroup, exposedGroupName } from '../model/exposed-ports.ts';
import { answers } from '../model/report.ts';
import { toDesired } from '../model/spec.ts';
import { changeContainer, containerEvent } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import { isAway, removeFromNode } from './remove-from-node.ts';
import { heldByContainer, releaseVolumes } from './volumes.ts';

export const DELETE_CONTAINER = 'container.delete-container';

interface Input {
  readonly id: string;
  readonly stop: boolean;
}

type Step = TaskStep<Input>;

/** A message to a node may be lost: it is told again after this. */
const PATIENCE_MS = 15_000;

/** From every state to nothing. There is no way back: what fails leaves the container in Error, to be deleted again. */
export const deleteContainer = (deps: TaskDeps): TaskKind<Input> => ({
  kind: DELETE_CONTAINER,
  deadline: 600,
  steps: [
    stopFirst(deps),
    removeContainer(deps),
    releaseVolumes(deps, heldByContainer),
    detachPorts(deps),
    closePorts(deps),
    releaseNode(deps),
  ],
  finished: ({ input }) => forget(deps, input.id),
  failed: ({ input }, error) => fail(deps, input.id, error),
});

const stopFirst = (deps: TaskDeps): Step => ({
  name: 'stop',
  async run({ input, ctx }) {
    const container = await containerStore.find(deps.database.handle(), input.id);
    const object = input.stop && container && toDesired(container, deps.defaultRuntime);
    if (!object || container.host === null) return;
    if (container.observed && answers(container, container.observed)) return;
    try {
      await deps.nodes.put(container.host, [object], []);
    } catch (thrown) {
      if (isAway(thrown)) return;
      throw thrown;
    }
    return lookAgain(ctx, `node ${container.host} to stop the container`);
  },
});

const removeContainer = (deps: TaskDeps): Step => ({
  name: 'remove-from-node',
  async run({ input, ctx }) {
    const container = await changeContainer(deps, input.id, (before) =>
      before.desired ? { ...before, desired: false } : before,
    );
    if (!container) return;
    const told = await removeFromNode(deps, container);
    if (!told || !container.present) return;
    return lookAgain(ctx, `node ${container.host} to remove the container`);
  },
});

const detachPorts = (deps: TaskDeps): Step => ({
  name: 'detach-ports',
  run: ({ input, ctx }) => deps.networks.detachPorts(systemCtx(ctx.requestId, deps), input.id),
});

const closePorts = (deps: TaskDeps): Step => ({
  name: 'close-ports',
  async run({ input, ctx }) {
    const container = await containerStore.find(deps.database.handle(), input.id);
    if (!container || !exposedGroup(container)) return;
    const system = systemCtx(ctx.requestId, deps);
    await deps.networks.removeGroup(system, container.projectId, exposedGroupName(input.id));
  },
});

const releaseNode = (deps: TaskDeps): Step => ({
  name: 'release-node',
  run: ({ input, ctx }) => deps.placement.release(systemCtx(ctx.requestId, deps), input.id),
});

async function forget(deps: TaskDeps, id: string): Promise<void> {
  await deps.database.transaction<ContainerTables, void>(async (tx) => {
    const container = await containerStore.find(tx, id);
    if (!container) return;
    await actionStore.deleteOf(tx, id);
    await containerStore.delete(tx, id);
    await deps.events.append(tx, containerEvent(container, 'deleted'));
  });
  deps.events.publish();
}

async function fail(deps: TaskDeps, id: string, error: Error): Promise<void> {
  await changeContainer(
    deps,
    id,
    (before) => ({ ...before, status: 'Error', statusReason: error.message, taskState: null }),
    async (tx, container) => {
      await actionStore.finish(tx, [id], { at: isoTime(deps.clock.now()), error: error.message });
      await deps.events.append(tx, containerEvent(container, 'error'));
    },
  );
  deps.events.publish();
}

const lookAgain = (ctx: Ctx, waitsFor: string): Parked =>
  park(isoTime(new Date(ctx.clock.now().getTime() + PATIENCE_MS)), waitsFor);
