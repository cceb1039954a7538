import { CloudError } from '#kernel/errors.ts';
import type { Container } from '../model/container.ts';
import type { TaskDeps } from '../service/deps.ts';

/**
 * Tells the node that the container should not be there.
 * @returns whether it was told. One that is away is not waited for: the full sync after its return does not list the
 * container, so it goes then.
 */
export async function removeFromNode(deps: Pick<TaskDeps, 'nodes'>, container: Container): Promise<boolean> {
  if (container.host === null) return false;
  try {
    await deps.nodes.put(container.host, [], [{ kind: 'container', id: container.id }]);
    return true;
  } catch (thrown) {
    if (isAway(thrown)) return false;
    throw thrown;
  }
}

export const isAway = (thrown: unknown): boolean =>
  thrown instanceof CloudError && thrown.kind === 'unavailable';
