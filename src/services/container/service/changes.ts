import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Tx } from '#kernel/db/database.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import type { ContainerAction } from '../model/action.ts';
import type { Container } from '../model/container.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { TaskDeps } from './deps.ts';

/**
 * Reads the container, writes what `change` makes of it, and runs `also` in the same transaction. A change that returns its
 * argument writes nothing.
 * @returns the container as it is now; undefined when it is gone or changed under way.
 */
export async function changeContainer(
  deps: Pick<TaskDeps, 'database' | 'clock'>,
  id: string,
  change: (container: Container) => Container,
  also?: (tx: Tx<ContainerTables>, after: Container) => Promise<unknown>,
): Promise<Container | undefined> {
  return deps.database.transaction<ContainerTables, Container | undefined>(async (tx) => {
    const before = await containerStore.find(tx, id);
    if (!before) return undefined;
    const after = change(before);
    if (after === before) return before;
    const written = { ...after, updatedAt: isoTime(deps.clock.now()) };
    if (!(await containerStore.replace(tx, before, written))) return undefined;
    await also?.(tx, written);
    return written;
  });
}

/** What happened to a container, for the event log. */
export const containerEvent = (container: Container, what: string): NewEvent => ({
  projectId: container.projectId,
  service: 'container',
  type: `container.container.${what}`,
  resource: container.id,
  payload: { name: container.name, status: container.status, reason: container.statusReason },
});

/** Writes down what somebody begins to do, and tells of it. Last in its transaction, as events are. */
export async function recordAction(
  { events }: Pick<TaskDeps, 'events'>,
  tx: Tx<ContainerTables>,
  action: ContainerAction,
): Promise<void> {
  const { projectId, containerId, requestId, userId, error } = action;
  await actionStore.insert(tx, action);
  await events.append(tx, {
    projectId,
    service: 'container',
    type: `container.action.${action.action}`,
    resource: containerId,
    payload: { request_id: requestId, user_id: userId, error },
  });
}

/** The record of what the caller begins to do. */
export const newAction = (ctx: Ctx, container: Container, action: string): ContainerAction => ({
  containerId: container.id,
  requestId: ctx.requestId,
  action,
  userId: ctx.user.id,
  projectId: container.projectId,
  startedAt: isoTime(ctx.clock.now()),
  finishedAt: null,
  error: null,
});
