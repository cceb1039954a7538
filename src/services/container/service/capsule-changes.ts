import { isoTime } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db/database.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import { inOrder, type Capsule, type CapsuleWithMembers } from '../model/capsule.ts';
import type { Container } from '../model/container.ts';
import { capsuleStore } from '../store/capsules.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { TaskDeps } from './deps.ts';

interface Change {
  readonly capsule?: (capsule: Capsule) => Capsule;
  readonly member?: (member: Container) => Container;
  /** Runs in the same transaction, once the capsule itself was written. */
  readonly also?: (tx: Tx<ContainerTables>, capsule: Capsule) => Promise<unknown>;
}

/**
 * Reads the capsule with its members, and writes what is made of them. What a change returns as it was is not written.
 * @returns all as it is now; undefined when the capsule is gone, or in another phase meanwhile.
 */
export async function changeCapsule(
  { database, clock }: Pick<TaskDeps, 'database' | 'clock'>,
  id: string,
  { capsule: change, member: changeMember, also }: Change,
): Promise<CapsuleWithMembers | undefined> {
  return database.transaction<ContainerTables, CapsuleWithMembers | undefined>(async (tx) => {
    const updatedAt = isoTime(clock.now());
    const before = await capsuleStore.find(tx, id);
    if (!before) return undefined;
    const capsule = change?.(before) ?? before;
    if (capsule !== before && !(await capsuleStore.replace(tx, before, { ...capsule, updatedAt })))
      return undefined;
    const members = inOrder(await containerStore.listMembers(tx, [id]));
    const written: Container[] = [];
    for (const old of members) {
      const member = changeMember?.(old) ?? old;
      if (member !== old) await containerStore.replace(tx, old, { ...member, updatedAt });
      written.push(member);
    }
    if (capsule !== before) await also?.(tx, capsule);
    return { capsule, members: written };
  });
}

/** What happened to a capsule, for the event log. */
export const capsuleEvent = (capsule: Capsule, what: string): NewEvent => ({
  projectId: capsule.projectId,
  service: 'container',
  type: `container.capsule.${what}`,
  resource: capsule.id,
  payload: { name: capsule.name, reason: capsule.reason },
});
