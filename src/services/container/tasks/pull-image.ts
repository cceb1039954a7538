import { isoTime } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Tx } from '#kernel/db/database.ts';
import { park, type TaskKind, type TaskStep } from '#kernel/tasks/task.ts';
import type { ContainerImage } from '#node/protocol.ts';
import { hostImageNotFound, imageNameOf, type HostImage } from '../model/host-image.ts';
import type { TaskDeps } from '../service/deps.ts';
import { hostImageEvent } from '../service/host-image-changes.ts';
import { findImage, imageOf } from '../service/images.ts';
import { hostImageStore } from '../store/images.ts';
import type { ContainerTables } from '../tables.ts';
import { isAway } from './remove-from-node.ts';

export const PULL_IMAGE = 'container.pull-image';

interface Input {
  readonly id: string;
  readonly host: string;
}

type Step = TaskStep<Input>;

/** An image comes to lie on a node. What fails leaves the record, with the reason, and nothing on the node. */
export const pullImage = (deps: TaskDeps): TaskKind<Input> => ({
  kind: PULL_IMAGE,
  deadline: 3600,
  steps: [checkImage(deps), putOnNode(deps), awaitNode(deps)],
  failed: ({ input }, error) => fail(deps, input.id, error.message),
});

interface Found {
  readonly image: ContainerImage;
  readonly size: number | null;
}

const checkImage = (deps: TaskDeps): Step => ({
  name: 'check-image',
  async run({ ctx, input }): Promise<Found> {
    const wanted = await getImage(deps, input.id);
    const name = imageNameOf(wanted);
    const { driver: imageDriver, pullPolicy } = wanted;
    const settings = { imageDriver, imagePullPolicy: pullPolicy ?? 'always', registryId: null };
    const image = await imageOf(deps, ctx, { image: name, settings });
    const size = 'id' in image ? ((await findImage(deps.images, ctx, image.id))?.size ?? null) : null;
    return { image, size };
  },
});

const putOnNode = (deps: TaskDeps): Step => ({
  name: 'put-on-node',
  async run({ input: { id, host }, outputs }) {
    const { image, size } = outputs['check-image'] as Found;
    await change(deps, id, (before) => ({ ...before, image, size }));
    await deps.nodes.put(host, [{ kind: 'image', id, generation: 1, spec: { image } }], []);
  },
  async undo({ input: { id, host } }) {
    await change(deps, id, (before) => ({ ...before, image: null }));
    await forgetImage(deps, host, id);
  },
});

/** The node's report moves the record on; here we only wait for it. */
const awaitNode = (deps: TaskDeps): Step => ({
  name: 'await-node',
  async run({ input }) {
    const { status, reason, host } = await getImage(deps, input.id);
    if (status === 'Pulled') return;
    if (status === 'Error')
      throw new CloudError('internal', reason ?? 'The image could not be pulled.', { retryable: false });
    return park(null, `node ${host} to pull the image`);
  },
});

/** One that is away is not waited for: the full sync after its return does not list the image. */
export async function forgetImage(
  { nodes }: Pick<TaskDeps, 'nodes'>,
  host: string,
  id: string,
): Promise<void> {
  await nodes.put(host, [], [{ kind: 'image', id }]).catch((thrown: unknown) => {
    if (!isAway(thrown)) throw thrown;
  });
}

async function fail(deps: TaskDeps, id: string, reason: string): Promise<void> {
  const also = (tx: Tx<ContainerTables>, image: HostImage) =>
    deps.events.append(tx, hostImageEvent(image, 'error'));
  await change(deps, id, (before) => ({ ...before, status: 'Error', reason }), also);
  deps.events.publish();
}

async function change(
  { database, clock }: TaskDeps,
  id: string,
  make: (image: HostImage) => HostImage,
  also?: (tx: Tx<ContainerTables>, image: HostImage) => Promise<unknown>,
): Promise<void> {
  await database.transaction<ContainerTables, void>(async (tx) => {
    const before = await hostImageStore.find(tx, id);
    if (!before) return;
    const after = { ...make(before), updatedAt: isoTime(clock.now()) };
    if (await hostImageStore.replace(tx, before, after)) await also?.(tx, after);
  });
}

async function getImage(deps: TaskDeps, id: string): Promise<HostImage> {
  const image = await hostImageStore.find(deps.database.handle<ContainerTables>(), id);
  if (!image) throw hostImageNotFound(id);
  return image;
}
