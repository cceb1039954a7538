import { storeCtx, type Ctx } from '#kernel/context.ts';
import type { Tx } from '#kernel/db/database.ts';
import { containerNotFound, containerTarget, type Container } from '../model/container.ts';
import { withNewTry, withPower, type PowerAction } from '../model/power.ts';
import { assertCan } from '../model/states.ts';
import { CREATE_CONTAINER } from '../tasks/create-container.ts';
import type { ContainerTables } from '../tables.ts';
import { changeContainer, newAction, recordAction } from './changes.ts';
import type { ContainerDeps } from './deps.ts';
import type { ContainerLookup } from './lookup.ts';
import { sendToNode } from './send-to-node.ts';

/**
 * Start, stop, reboot, pause, unpause: the wish is written down and sent to the node, whose report ends it. There is no task:
 * whatever is lost on the way, the next full sync and report bring it to its end.
 */
export class ContainerPower {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
  }

  async act(ctx: Ctx, ref: string, action: PowerAction, stopTimeoutSeconds: number): Promise<void> {
    const { id } = await this.#lookup.get(ctx, ref, `container:${action}`);
    const after = await changeContainer(
      this.#deps,
      id,
      (container) => {
        assertCan(action, container);
        return container.desired ? withPower(container, action, stopTimeoutSeconds) : withNewTry(container);
      },
      async (tx, container) => {
        if (container.status === 'Creating') await this.#createAgain(ctx, tx, container);
        await recordAction(this.#deps, tx, newAction(ctx, container, action));
      },
    );
    if (!after) throw containerNotFound(ref);
    this.#deps.tasks.nudge();
    this.#deps.events.publish();
    void sendToNode(this.#deps, after);
  }

  #createAgain(ctx: Ctx, tx: Tx<ContainerTables>, container: Container): Promise<string> {
    return this.#deps.tasks.start(tx, {
      kind: CREATE_CONTAINER,
      target: containerTarget(container.id),
      projectId: container.projectId,
      ctx: storeCtx(ctx),
      input: { id: container.id },
      whenBusy: 'after',
    });
  }
}
