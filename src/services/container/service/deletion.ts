import type { StoredCtx } from '#kernel/context.ts';
import type { Tx } from '#kernel/db/database.ts';
import { containerTarget, type Container } from '../model/container.ts';
import { DELETE_CONTAINER } from '../tasks/delete-container.ts';
import type { ContainerDeps } from './deps.ts';

/** The container on its way out. With `stop` its process is asked to end first. */
export const withDeletion = (container: Container, stop: boolean): Container => ({
  ...container,
  status: 'Deleting',
  statusReason: null,
  taskState: 'container_deleting',
  ...(stop && { generation: container.generation + 1, power: { ...container.power, state: 'stopped' } }),
});

/** Starts the deleting task in the transaction that marks the container. It ends whatever else goes on with it. */
export const startDeletion = <Tables>(
  deps: Pick<ContainerDeps, 'tasks'>,
  tx: Tx<Tables>,
  container: Container,
  by: { readonly ctx: StoredCtx; readonly stop: boolean },
): Promise<string> =>
  deps.tasks.start(tx, {
    kind: DELETE_CONTAINER,
    target: containerTarget(container.id),
    projectId: container.projectId,
    ctx: by.ctx,
    input: { id: container.id, stop: by.stop },
    whenBusy: 'cancel',
  });
