import { storeCtx, type Ctx } from '#kernel/context.ts';
import { conflict } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { containerTarget } from '../model/container.ts';
import { assertCan } from '../model/states.ts';
import type { ContainerTables } from '../tables.ts';
import { COMMIT_CONTAINER, newImage } from '../tasks/commit-container.ts';
import { newAction, recordAction } from './changes.ts';
import type { ContainerDeps } from './deps.ts';
import type { ContainerLookup } from './lookup.ts';

/** Makes images of containers. */
export class ContainerCommitting {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
  }

  /**
   * The task comes first, and makes the record too if we do not come to it: so no record is ever nobody's.
   * @returns the id of the image, whose data is still to come
   */
  async commit(
    ctx: Ctx,
    ref: string,
    { repository, tag }: { repository: string; tag: string },
  ): Promise<string> {
    const container = await this.#lookup.get(ctx, ref, 'container:commit');
    assertCan('commit', container);
    if (container.host === null) throw conflict(`Container ${container.id} is on no node.`);
    const { database, tasks, images } = this.#deps;
    const input = { id: container.id, image: newUuid(), repository, tag };
    await database.transaction<ContainerTables, void>(async (tx) => {
      await tasks.start(tx, {
        kind: COMMIT_CONTAINER,
        target: containerTarget(container.id),
        projectId: container.projectId,
        ctx: storeCtx(ctx),
        input,
        whenBusy: 'refuse',
      });
      await recordAction(this.#deps, tx, newAction(ctx, container, 'commit'));
    });
    try {
      await images.create(ctx, newImage(input));
    } finally {
      tasks.nudge();
      this.#deps.events.publish();
    }
    return input.image;
  }
}
