import { storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { containerNotFound, containerTarget, type Container } from '../model/container.ts';
import { wayBackFrom, withNewTry, withRebuild } from '../model/power.ts';
import { assertCan } from '../model/states.ts';
import { CREATE_CONTAINER } from '../tasks/create-container.ts';
import { REBUILD_CONTAINER } from '../tasks/rebuild-container.ts';
import { REPLACE_CONTAINER } from '../tasks/replace-container.ts';
import { changeContainer, newAction, recordAction } from './changes.ts';
import type { ContainerDeps } from './deps.ts';
import { imageOf } from './images.ts';
import type { ContainerLookup } from './lookup.ts';

export interface RebuildRequest {
  /** Null = as before. */
  readonly image: string | null;
  readonly imageDriver: string | null;
  /** Whether the old one comes back when the new one is not well. */
  readonly rollback?: boolean;
  /** How long the new one may take to be well; default 60. */
  readonly readySeconds?: number;
}

const READY_SECONDS = 60;

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
        if (!container.desired) return withNewTry(next, container.power);
        return withRebuild(next, image, request.rollback ? wayBackFrom(container) : undefined);
      },
      async (tx, container) => {
        await this.#deps.tasks.start(tx, {
          kind: kindFor(container),
          target: containerTarget(container.id),
          projectId: container.projectId,
          ctx: storeCtx(ctx),
          input: { id: container.id, readySeconds: request.readySeconds ?? READY_SECONDS },
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

function kindFor({ desired, settings }: Container): string {
  if (!desired) return CREATE_CONTAINER;
  return settings.wayBack ? REPLACE_CONTAINER : REBUILD_CONTAINER;
}

/** Whoever names an image that is not there has made a mistake in the request. */
function asBadRequest(thrown: unknown): never {
  if (thrown instanceof CloudError && thrown.kind === 'not-found')
    throw badRequest(thrown.message, { code: 'image-not-found', cause: thrown });
  throw thrown;
}
