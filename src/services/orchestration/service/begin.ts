import { storeCtx, type Ctx } from '#kernel/context.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db/database.ts';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { stackReason } from '../model/reason.ts';
import { deadlineOf, stackTarget, type Stack, type StackAction } from '../model/stack.ts';
import { sealStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables, StackRow } from '../tables.ts';
import { CONVERGE_STACK } from '../tasks/converge-stack.ts';
import { tellStack } from './conclusion.ts';
import type { OrchestrationDeps } from './deps.ts';

/** The part of a stack that says what is under way. */
export const begun = (clock: Clock, action: StackAction, minutes: number | null) =>
  ({
    action,
    status: 'IN_PROGRESS',
    statusReason: stackReason(action, 'IN_PROGRESS'),
    traversal: newUuid(),
    deadline: deadlineOf(clock.now(), minutes),
  }) as const;

export interface Beginning {
  readonly stack: Stack;
  /** The state that it is begun in; absent for a stack that is new. */
  readonly before?: Pick<Stack, 'traversal' | 'status'>;
  /** What is written with it. */
  readonly beside?: (tx: Tx<OrchestrationTables>) => Promise<void>;
}

/**
 * The intent, its event and the task that carries it out: all or nothing.
 * @throws CloudError `conflict` when another was quicker; `not-found` for a stack that is gone
 */
export async function begin(
  deps: OrchestrationDeps,
  ctx: Ctx,
  { stack, before, beside }: Beginning,
): Promise<void> {
  if (stack.deletedAt !== null) throw stackNotFound(stack.name);
  const { database, tasks, vault, events } = deps;
  const row = await sealStack(vault, stack);
  await database.transaction<OrchestrationTables, void>(async (tx) => {
    await (before
      ? change(tx, row, { traversal: before.traversal, status: before.status })
      : insert(tx, row));
    await beside?.(tx);
    await tellStack(deps, tx, stack);
    await tasks.start(tx, {
      kind: CONVERGE_STACK,
      target: stackTarget(stack),
      projectId: stack.projectId,
      ctx: storeCtx(ctx),
      input: { id: stack.id },
      whenBusy: 'after',
    });
  });
  tasks.nudge();
  events.publish();
}

async function change(
  tx: Tx<OrchestrationTables>,
  { id, ...row }: StackRow,
  before: Pick<Stack, 'traversal' | 'status'>,
): Promise<void> {
  if (!(await stackStore.change(tx, { id, ...before }, row))) throw inProgress(row);
}

async function insert(tx: Tx<OrchestrationTables>, row: StackRow): Promise<void> {
  if (await stackStore.findByName(tx, row.project_id, row.name)) throw stackExists(row.name);
  if ((await stackStore.countLiving(tx, row.project_id)) >= MAX_STACKS)
    throw badRequest(
      `You have reached the maximum stacks per tenant, ${MAX_STACKS}. Please delete some stacks.`,
      { code: 'RequestLimitExceeded' },
    );
  await stackStore.insert(tx, row);
}

/** Of a project. */
const MAX_STACKS = 512;

/** @throws CloudError `conflict` ActionInProgress */
export function assertAtRest(stack: Pick<Stack, 'name' | 'action' | 'status'>): void {
  if (stack.status === 'IN_PROGRESS') throw inProgress(stack);
}

const inProgress = ({ name, action }: { readonly name: string; readonly action: string }) =>
  conflict(`Stack ${name} already has an action (${action}) in progress.`, { code: 'ActionInProgress' });
const stackExists = (name: string) =>
  conflict(`The Stack (${name}) already exists.`, { code: 'StackExists' });

export const stackNotFound = (name: string) =>
  notFound(`The Stack (${name}) could not be found.`, { code: 'EntityNotFound' });
