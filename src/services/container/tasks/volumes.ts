import { isoTime } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { park, type Parked, type TaskStep } from '#kernel/tasks/task.ts';
import { volumeMounts, type VolumeMount } from '../model/mount.ts';
import { containerNotFound, type Container } from '../model/container.ts';
import type { TaskDeps } from '../service/deps.ts';
import { containerStore } from '../store/containers.ts';

type Step = TaskStep<{ readonly id: string }>;

/** A volume is made in a moment, and tells nobody but who asks. */
const LOOK_AGAIN_MS = 250;

/** The volumes that come and go with the container, on its node. */
export const makeVolumes = (deps: TaskDeps, hostOf: (run: Parameters<Step['run']>[0]) => string): Step => ({
  name: 'make-volumes',
  async run(run): Promise<Parked | undefined> {
    const container = await getContainer(deps, run.input.id);
    for (const mount of made(container)) {
      const status = await makeVolume(deps, run.ctx, { container, mount, host: hostOf(run) });
      if (status !== 'available' && status !== 'in-use') return lookAgain(run.ctx, mount);
    }
    return undefined;
  },
  undo: ({ ctx, input }) => removeVolumes(deps, ctx, input.id),
});

export const attachVolumes = (deps: TaskDeps, hostOf: (run: Parameters<Step['run']>[0]) => string): Step => ({
  name: 'attach-volumes',
  async run(run) {
    const container = await getContainer(deps, run.input.id);
    for (const { volumeId, attachmentId, destination, readOnly } of volumeMounts(container))
      await deps.volumes().attach(run.ctx, {
        attachmentId,
        volumeId,
        consumer: container.id,
        host: hostOf(run),
        mountpoint: destination,
        mode: readOnly ? 'ro' : 'rw',
      });
  },
  undo: ({ ctx, input }) => detachVolumes(deps, ctx, input.id),
});

/** Of a container that its node has let go of: what was lent goes back, what was made for it goes. */
export const releaseVolumes = (deps: TaskDeps): Step => ({
  name: 'release-volumes',
  async run({ ctx, input }) {
    await detachVolumes(deps, ctx, input.id);
    await removeVolumes(deps, ctx, input.id);
  },
});

async function detachVolumes(deps: TaskDeps, ctx: Ctx, id: string): Promise<void> {
  for (const { attachmentId } of await mountsOf(deps, id))
    await deps.volumes().detach(systemCtx(ctx.requestId, deps), attachmentId);
}

async function removeVolumes(deps: TaskDeps, ctx: Ctx, id: string): Promise<void> {
  for (const { volumeId, madeSize } of await mountsOf(deps, id))
    if (madeSize !== null)
      await deps.volumes().remove(systemCtx(ctx.requestId, deps), volumeId, { force: true });
}

interface Making {
  readonly container: Container;
  readonly mount: VolumeMount;
  readonly host: string;
}

/** One that is still going, from an earlier try to create the container, is waited for, and then made anew. */
async function makeVolume(deps: TaskDeps, ctx: Ctx, { container, mount, host }: Making): Promise<string> {
  const { status } = await deps.volumes().create(ctx, {
    id: mount.volumeId,
    name: `${container.name}:${mount.destination}`.slice(0, 255),
    size: mount.madeSize ?? 1,
    type: null,
    imageId: null,
    snapshotId: null,
    host,
  });
  if (status.startsWith('error') && status !== 'error_deleting')
    throw new CloudError('internal', `The volume for ${mount.destination} could not be made.`);
  return status;
}

const lookAgain = (ctx: Ctx, { destination }: VolumeMount): Parked =>
  park(isoTime(new Date(ctx.clock.now().getTime() + LOOK_AGAIN_MS)), `the volume for ${destination}`);

const made = (container: Container): readonly VolumeMount[] =>
  volumeMounts(container).filter(({ madeSize }) => madeSize !== null);

async function mountsOf(deps: TaskDeps, id: string): Promise<readonly VolumeMount[]> {
  const container = await containerStore.find(deps.database.handle(), id);
  return container ? volumeMounts(container) : [];
}

async function getContainer(deps: TaskDeps, id: string): Promise<Container> {
  const container = await containerStore.find(deps.database.handle(), id);
  if (!container) throw containerNotFound(id);
  return container;
}
