import { isoTime } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Change } from '../engine/change.ts';
import type { Ending } from '../engine/walk.ts';
import { portraitOf, type Portrait } from '../model/portrait.ts';
import { stackReason } from '../model/reason.ts';
import { deadlineOf, EMPTY_RECIPE, stateOf, type Stack, type StackAction } from '../model/stack.ts';
import { stackEvent } from '../model/event.ts';
import { eventStore } from '../store/events.ts';
import { sealPortrait, snapshotStore } from '../store/snapshots.ts';
import { sealStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { EngineDeps } from './deps.ts';

/** Writes how a change ended, or begins its rollback. Nothing is written when another change was asked for meanwhile. */
export async function conclude(deps: EngineDeps, { change, outcome, why: cause }: Ending): Promise<void> {
  const { stack } = change;
  if (outcome === 'cancelled') return;
  const portrait = stack.action === 'SNAPSHOT' ? portraitOf(stack, change.rows.all) : undefined;
  if (outcome === 'complete') return write(deps, stack, completed(stack, deps), portrait);
  const why = outcome === 'timed out' ? 'Timed out' : (cause ?? firstFailure(change));
  const failed = { ...stack, status: 'FAILED', statusReason: why } as const;
  const back = !stack.disableRollback && (stack.action === 'CREATE' || stack.action === 'UPDATE');
  return write(deps, stack, back ? rollback(failed, deps) : failed);
}

function completed(stack: Stack, { clock }: EngineDeps): Stack {
  const { action } = stack;
  const now = isoTime(clock.now());
  const gone = action === 'ROLLBACK' && stack.former === null;
  return {
    ...stack,
    status: 'COMPLETE',
    statusReason: stackReason(action, 'COMPLETE'),
    former: gone ? null : MAKING.includes(action) ? stack.recipe : stack.former,
    deletedAt: action === 'DELETE' ? now : null,
  };
}

/** After these a stack is what its recipe says. */
const MAKING: readonly StackAction[] = ['CREATE', 'UPDATE', 'ROLLBACK', 'ADOPT', 'RESTORE'];

/** Back to the last recipe that was carried out whole, or to nothing. */
export const rollback = (failed: Stack, { clock }: Pick<EngineDeps, 'clock'>): Stack => ({
  ...failed,
  action: 'ROLLBACK',
  status: 'IN_PROGRESS',
  statusReason: `${stackReason('ROLLBACK', 'IN_PROGRESS')}: ${failed.statusReason}`,
  recipe: failed.former ?? EMPTY_RECIPE,
  traversal: newUuid(),
  deadline: deadlineOf(clock.now(), failed.timeoutMinutes),
});

/** The cause at the root: what failed first. */
function firstFailure({ stack, rows }: Change): string {
  const failed = rows.all.filter(
    ({ status, traversal }) => status === 'FAILED' && traversal === stack.traversal,
  );
  const [first] = failed.toSorted((a, b) => a.updatedAt.localeCompare(b.updatedAt));
  return first === undefined
    ? stackReason(stack.action, 'FAILED')
    : `Resource ${first.action} failed: ${first.statusReason}`;
}

async function write(deps: EngineDeps, before: Stack, after: Stack, portrait?: Portrait): Promise<void> {
  const { id: _, ...row } = await sealStack(deps.vault, after);
  const sealed_data = portrait ? await sealPortrait(deps.vault, portrait) : null;
  await deps.database.transaction<OrchestrationTables, void>(async (tx) => {
    if (!(await stackStore.change(tx, before, row))) return;
    if (before.action === 'SNAPSHOT')
      await snapshotStore.finish(tx, before.id, {
        status: after.status,
        status_reason: after.statusReason,
        sealed_data,
      });
    await tellStack(deps, tx, after);
  });
  deps.events.publish();
}

/** The event of a stack's state, for its own list and for everybody who follows the project. */
export async function tellStack(
  deps: Pick<EngineDeps, 'events' | 'clock'>,
  tx: Tx<OrchestrationTables>,
  stack: Stack,
): Promise<void> {
  await eventStore.append(tx, stackEvent(stack, isoTime(deps.clock.now())));
  await deps.events.append(tx, {
    projectId: stack.projectId,
    service: 'orchestration',
    type: 'orchestration.stack.changed',
    resource: stack.id,
    payload: { name: stack.name, state: stateOf(stack), reason: stack.statusReason },
  });
}
