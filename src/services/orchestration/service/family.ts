import type { Db } from '#kernel/db/database.ts';
import type { Stack } from '../model/stack.ts';
import { stackStore, type Kin } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';

/** A stack and those that it holds, down to a depth; each knows its parent. One query, whatever the depth. */
export async function family(
  db: Db<OrchestrationTables>,
  stack: Pick<Stack, 'id' | 'rootId'>,
  depth: number,
): Promise<readonly Kin[]> {
  const all = await stackStore.kin(db, stack.rootId);
  const found = all.filter(({ id }) => id === stack.id);
  for (let level = 0, from = 0; level < depth && from < found.length; level += 1) {
    const parents = new Set(found.slice(from).map(({ id }) => id));
    from = found.length;
    found.push(...all.filter(({ parentId, deletedAt }) => deletedAt === null && parents.has(parentId ?? '')));
  }
  return found;
}
