import { isoTime } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { park, type Parked, type TaskRun, type TaskStep } from '#kernel/tasks/task.ts';
import { volumeMounts, type VolumeMount } from '../model/mount.ts';
import type { TaskDeps } from '../service/deps.ts';
import { capsuleStore } from '../store/capsules.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';

interface Input {
  /** Of the container or capsule that holds the volumes. */
  readonly id: string;
}

type Step = TaskStep<Input>;
type HostOf = (run: TaskRun<Input>) => string;

/** A volume that a container or a capsule has, and what becomes of it. */
interface Held extends VolumeMount {
  /** What it is called when it is made. */
  readonly title: string;
  /** Whether one that was made outlives its holder. */
  readonly stays: boolean;
}

/** The volumes of a container or capsule; none when it is gone. */
type FindHeld = (deps: TaskDeps, id: string) => Promise<readonly Held[]>;

export const heldByContainer: FindHeld = async ({ database }, id) => {
  const container = await containerStore.find(database.handle<ContainerTables>(), id);
  if (!container) return [];
  return volumeMounts(container).map((mount) => ({
    ...mount,
    title: `${container.name}:${mount.destination}`,
    stays: false,
  }));
};

export const heldByCapsule: FindHeld = async ({ database }, id) => {
  const capsule = await capsuleStore.find(database.handle<ContainerTables>(), id);
  if (!capsule) return [];
  const { volumes = [] } = capsule.settings;
  return volumes.map((volume) => ({ ...volume, title: `${capsule.name ?? id}:${volume.name}` }));
};

/** A volume is made in a moment, and tells nobody but who asks. */
const LOOK_AGAIN_MS = 250;

/** The volumes that come with the container or capsule, on its node. */
export const makeVolumes = (deps: TaskDeps, find: FindHeld, hostOf: HostOf): Step => ({
  name: 'make-volumes',
  async run(run): Promise<Parked | undefined> {
    for (const volume of (await find(deps, run.input.id)).filter(isMade)) {
      const status = await makeVolume(deps, run.ctx, { volume, host: hostOf(run) });
      if (status !== 'available' && status !== 'in-use') return lookAgain(run.ctx, volume);
    }
    return undefined;
  },
  async undo({ ctx, input }) {
    await removeVolumes(deps, ctx, (await find(deps, input.id)).filter(isMade));
  },
});

export const attachVolumes = (deps: TaskDeps, find: FindHeld, hostOf: HostOf): Step => ({
  name: 'attach-volumes',
  async run(run) {
    for (const { volumeId, attachmentId, destination, readOnly } of await find(deps, run.input.id))
      await deps.volumes().attach(run.ctx, {
        attachmentId,
        volumeId,
        consumer: run.input.id,
        host: hostOf(run),
        mountpoint: destination,
        mode: readOnly ? 'ro' : 'rw',
      });
  },
  undo: async ({ ctx, input }) => detachVolumes(deps, ctx, await find(deps, input.id)),
});

/** Of what its node has let go of: what was lent goes back, what was made for it alone goes. */
export const releaseVolumes = (deps: TaskDeps, find: FindHeld): Step => ({
  name: 'release-volumes',
  async run({ ctx, input }) {
    const held = await find(deps, input.id);
    await detachVolumes(deps, ctx, held);
    await removeVolumes(
      deps,
      ctx,
      held.filter((volume) => isMade(volume) && !volume.stays),
    );
  },
});

const isMade = ({ madeSize }: VolumeMount): boolean => madeSize !== null;

async function detachVolumes(deps: TaskDeps, ctx: Ctx, held: readonly Held[]): Promise<void> {
  for (const { attachmentId } of held)
    await deps.volumes().detach(systemCtx(ctx.requestId, deps), attachmentId);
}

async function removeVolumes(deps: TaskDeps, ctx: Ctx, held: readonly Held[]): Promise<void> {
  for (const { volumeId } of held)
    await deps.volumes().remove(systemCtx(ctx.requestId, deps), volumeId, { force: true });
}

interface Making {
  readonly volume: Held;
  readonly host: string;
}

/** One that is still going, from an earlier try to create the container, is waited for, and then made anew. */
async function makeVolume(deps: TaskDeps, ctx: Ctx, { volume, host }: Making): Promise<string> {
  const { status } = await deps.volumes().create(ctx, {
    id: volume.volumeId,
    name: volume.title.slice(0, 255),
    size: volume.madeSize ?? 1,
    type: null,
    imageId: null,
    snapshotId: null,
    host,
  });
  if (status.startsWith('error') && status !== 'error_deleting')
    throw new CloudError('internal', `The volume for ${volume.destination} could not be made.`);
  return status;
}

const lookAgain = (ctx: Ctx, { destination }: VolumeMount): Parked =>
  park(isoTime(new Date(ctx.clock.now().getTime() + LOOK_AGAIN_MS)), `the volume for ${destination}`);
