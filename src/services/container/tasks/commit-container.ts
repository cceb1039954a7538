import { isoTime } from '#kernel/clock.ts';
import { systemCtx } from '#kernel/context.ts';
import { conflict } from '#kernel/errors.ts';
import type { TaskKind, TaskStep } from '#kernel/tasks/task.ts';
import type { NewImage } from '#services/image/port.ts';
import { containerNotFound } from '../model/container.ts';
import { DEFAULT_FILE_LIMITS, type TaskDeps } from '../service/deps.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';

export const COMMIT_CONTAINER = 'container.commit-container';

interface Input {
  readonly id: string;
  readonly image: string;
  /** Name of the image. */
  readonly repository: string;
  readonly tag: string;
}

type Step = TaskStep<Input>;

const PIECE = 4 * 1024 * 1024;

/** A container's files become an image, whose record is there first; when that fails, the record goes. */
export const commitContainer = (deps: TaskDeps): TaskKind<Input> => ({
  kind: COMMIT_CONTAINER,
  deadline: 3600,
  steps: [makeRecord(deps), upload(deps)],
  finished: ({ input }) => finish(deps, input.id, null),
  failed: ({ input }, error) => finish(deps, input.id, error.message),
});

/** What clients are told of before there is any data. */
export const newImage = ({
  image,
  repository,
  tag,
}: Pick<Input, 'image' | 'repository' | 'tag'>): NewImage => ({
  id: image,
  name: repository,
  diskFormat: 'raw',
  containerFormat: 'docker',
  visibility: 'private',
  properties: { repository_tag: tag },
  minDisk: 0,
  protected: false,
});

const makeRecord = (deps: TaskDeps): Step => ({
  name: 'make-record',
  run: async ({ ctx, input }) => void (await deps.images.create(ctx, newImage(input))),
  undo: ({ ctx, input }) => deps.images.remove(systemCtx(ctx.requestId, deps), input.image),
});

/** From the first byte each time: what the container has may be another by then. */
const upload = (deps: TaskDeps): Step => ({
  name: 'upload',
  async run({ ctx, input, signal }) {
    const { images, nodes, fileLimits = DEFAULT_FILE_LIMITS } = deps;
    if ((await images.get(ctx, input.image)).status === 'active') return;
    const container = await containerStore.find(deps.database.handle(), input.id);
    if (!container) throw containerNotFound(input.id);
    if (container.host === null) throw conflict(`Container ${input.id} is on no node.`);
    await images.discard(ctx, input.image);
    const name = `${input.repository}:${input.tag}`;
    const question = { id: input.id, name, maxBytes: fileLimits.image };
    const { stream } = await nodes.open(container.host, 'container.commit', question, signal);
    let size = 0;
    for await (const piece of pieces(stream)) {
      signal.throwIfAborted();
      const { offset } = await images.append(ctx, input.image, size, piece);
      size += piece.length;
      if (offset !== size) throw conflict('The image service has lost what was sent.', { retryable: true });
    }
    await images.finish(ctx, input.image, size);
  },
});

/** Small chunks together, so that not every frame is a call. */
async function* pieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    held.push(chunk);
    size += chunk.length;
    if (size < PIECE) continue;
    yield Buffer.concat(held);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held);
}

async function finish(deps: TaskDeps, id: string, error: string | null): Promise<void> {
  const end = { at: isoTime(deps.clock.now()), error };
  await actionStore.finish(deps.database.handle<ContainerTables>(), [id], end);
}
