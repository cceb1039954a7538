import { newUuid } from '#kernel/ids.ts';
import { MAX_DEPTH, type Stack } from '../model/stack.ts';
import { tellStack } from '../service/conclusion.ts';
import type { EngineDeps } from '../service/deps.ts';
import { family } from '../service/family.ts';
import { openStack, sealStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';

/** Nobody carries out any more what is under way of a stack, and of those that it holds: they say why, and anything else can be asked for. */
export async function giveUp(deps: EngineDeps, id: string, why: string): Promise<void> {
  const db = deps.database.handle<OrchestrationTables>();
  const row = await stackStore.find(db, id);
  if (!row) return;
  for (const one of await family(db, { id, rootId: row.root_id }, MAX_DEPTH)) {
    const found = await stackStore.find(db, one.id);
    if (found?.status !== 'IN_PROGRESS' || found.deleted_at !== null) continue;
    await writeFailed(deps, await openStack(deps.vault, found), why);
  }
}

/** Unless it has ended, or something else is asked for. */
export async function writeFailed(deps: EngineDeps, before: Stack, why: string): Promise<void> {
  const stack: Stack = { ...before, status: 'FAILED', statusReason: why, traversal: newUuid() };
  const { id: _, ...row } = await sealStack(deps.vault, stack);
  await deps.database.transaction<OrchestrationTables, void>(async (tx) => {
    if (await stackStore.change(tx, before, row)) await tellStack(deps, tx, stack);
  });
  deps.events.publish();
}
