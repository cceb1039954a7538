import { CloudError } from '#kernel/errors.ts';
import type { ObjectKey } from '#node/protocol.ts';
import type { Container } from '../model/container.ts';
import { changeCapsule } from '../service/capsule-changes.ts';
import type { TaskDeps } from '../service/deps.ts';

/**
 * Tells the node that the container should not be there.
 * @returns whether it was told. One that is away is not waited for: the full sync after its return does not list the
 * container, so it goes then.
 */
export async function removeFromNode(deps: Pick<TaskDeps, 'nodes'>, container: Container): Promise<boolean> {
  if (container.host === null) return false;
  return tell(deps, container.host, [{ kind: 'container', id: container.id }]);
}

/** The same for all members of a capsule. */
export async function removeMembers(
  deps: Pick<TaskDeps, 'nodes' | 'database' | 'clock'>,
  capsuleId: string,
): Promise<{ told: boolean; members: readonly Container[] }> {
  const whole = await changeCapsule(deps, capsuleId, {
    member: (before) => (before.desired ? { ...before, desired: false } : before),
  });
  const { members = [] } = whole ?? {};
  const host = members[0]?.host ?? null;
  if (host === null) return { told: false, members };
  const keys = members.map(({ id }) => ({ kind: 'container' as const, id }));
  return { told: await tell(deps, host, keys), members };
}

async function tell(
  { nodes }: Pick<TaskDeps, 'nodes'>,
  host: string,
  gone: readonly ObjectKey[],
): Promise<boolean> {
  try {
    await nodes.put(host, [], gone);
    return true;
  } catch (thrown) {
    if (isAway(thrown)) return false;
    throw thrown;
  }
}

export const isAway = (thrown: unknown): boolean =>
  thrown instanceof CloudError && thrown.kind === 'unavailable';
