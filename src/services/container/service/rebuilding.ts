import { storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { containerNotFound, containerTarget } from '../model/container.ts';
import { withNewTry, withRebuild } from '../model/power.ts';
import { assertCan } from '../model/states.ts';
import { CREATE_CONTAINER } from '../tasks/create-container.ts';
import { REBUILD_CONTAINER } from '../tasks/rebuild-container.ts';
import { changeContainer, newAction, recordAction } from './changes.ts';
import type { ContainerDeps } from './deps.ts';
import { imageOf } from './images.ts';
import type { ContainerLookup } from './lookup.ts';

export interface RebuildRequest {
  /** Null = as before. */
  readonly image: string | null;
  readonly imageDriver: string | null;
}

/** Makes containers anew, from their image or another one. Ports, addresses and id stay; what was written inside goes. */
export class ContainerRebuilding {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
  }

  async rebuild(ctx: Ctx, ref: string, request: RebuildRequest): Promise<void> {
    const before = await this.#lookup.get(ctx, ref, 'container:rebuild');
    assertCan('rebuild', before);
    const wanted = {
      image: request.image ?? before.image,
      settings: { ...before.settings, imageDriver: request.imageDriver ?? before.settings.imageDriver },
    };
    const image = await imageOf(this.#deps, ctx, wanted).catch(asBadRequest);
    const after = await changeContainer(
      this.#deps,
      before.id,
      (container) => {
        assertCan('rebuild', container);
        const next = { ...container, ...wanted, settings: { ...container.settings, ...wanted.settings } };
        return container.desired ? withRebuild(next, image) : withNewTry(next, container.power);
      },
      async (tx, container) => {
        await this.#deps.tasks.start(tx, {
          kind: container.desired ? REBUILD_CONTAINER : CREATE_CONTAINER,
          target: containerTarget(container.id),
          projectId: container.projectId,
          ctx: storeCtx(ctx),
          input: { id: container.id },
          whenBusy: 'refuse',
        });
        await recordAction(this.#deps, tx, newAction(ctx, container, 'rebuild'));
      },
    );
    if (!after) throw containerNotFound(ref);
    this.#deps.tasks.nudge();
    this.#deps.events.publish();
  }
}

/** Whoever names an image that is not there has made a mistake in the request. */
function asBadRequest(thrown: unknown): never {
  if (thrown instanceof CloudError && thrown.kind === 'not-found')
    throw badRequest(thrown.message, { code: 'image-not-found', cause: thrown });
  throw thrown;
}
