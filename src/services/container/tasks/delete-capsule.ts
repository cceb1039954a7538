import { isoTime } from '#kernel/clock.ts';
import { systemCtx } from '#kernel/context.ts';
import { park, type TaskKind, type TaskStep } from '#kernel/tasks/task.ts';
import { capsuleEvent, changeCapsule } from '../service/capsule-changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { capsuleStore } from '../store/capsules.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import { closePorts } from './close-ports.ts';
import { removeMembers } from './remove-from-node.ts';
import { heldByCapsule, releaseVolumes } from './volumes.ts';

export const DELETE_CAPSULE = 'container.delete-capsule';

interface Input {
  readonly id: string;
}

type Step = TaskStep<Input>;

/** A message to a node may be lost: it is told again after this. */
const PATIENCE_MS = 15_000;

/** From every state to nothing. There is no way back: what fails leaves the capsule in Error, to be deleted again. */
export const deleteCapsule = (deps: TaskDeps): TaskKind<Input> => ({
  kind: DELETE_CAPSULE,
  deadline: 600,
  steps: [
    removeCapsule(deps),
    releaseVolumes(deps, heldByCapsule),
    detachPorts(deps),
    removeGroup(deps),
    releaseNode(deps),
  ],
  finished: ({ input }) => forget(deps, input.id),
  failed: ({ input }, error) => fail(deps, input.id, error),
});

/** One that is away is not waited for: the full sync after its return does not list the members, so they go then. */
const removeCapsule = (deps: TaskDeps): Step => ({
  name: 'remove-from-node',
  async run({ input, ctx }) {
    const { told, members } = await removeMembers(deps, input.id);
    const left = members.find(({ present }) => present);
    if (!told || !left) return;
    const until = new Date(ctx.clock.now().getTime() + PATIENCE_MS);
    return park(isoTime(until), `node ${left.host} to remove ${left.name}`);
  },
});

const detachPorts = (deps: TaskDeps): Step => ({
  name: 'detach-ports',
  run: ({ input, ctx }) => deps.networks.detachPorts(systemCtx(ctx.requestId, deps), input.id),
});

const removeGroup = (deps: TaskDeps): Step => ({
  name: 'close-ports',
  run: ({ input, ctx }) => closePorts(deps, systemCtx(ctx.requestId, deps), input.id),
});

const releaseNode = (deps: TaskDeps): Step => ({
  name: 'release-node',
  run: ({ input, ctx }) => deps.placement.release(systemCtx(ctx.requestId, deps), input.id),
});

async function forget(deps: TaskDeps, id: string): Promise<void> {
  await deps.database.transaction<ContainerTables, void>(async (tx) => {
    const capsule = await capsuleStore.find(tx, id);
    if (!capsule) return;
    await containerStore.deleteMembers(tx, id);
    await capsuleStore.delete(tx, id);
    await deps.events.append(tx, capsuleEvent(capsule, 'deleted'));
  });
  deps.events.publish();
}

async function fail(deps: TaskDeps, id: string, { message }: Error): Promise<void> {
  await changeCapsule(deps, id, {
    capsule: (before) => ({ ...before, phase: 'error', reason: message }),
    also: (tx, capsule) => deps.events.append(tx, capsuleEvent(capsule, 'error')),
  });
  deps.events.publish();
}
