import { messageOf } from '#kernel/errors.ts';
import type { Container } from '../model/container.ts';
import { isWaiting } from '../model/report.ts';
import { toDesired } from '../model/spec.ts';
import { changeContainer } from './changes.ts';
import type { TaskDeps } from './deps.ts';

/**
 * Tells the node at once what changed. Never fails: a node that is away is sent everything when it returns, and until then
 * the container says what it waits for.
 */
export async function sendToNode(deps: TaskDeps, container: Container): Promise<void> {
  const object = toDesired(container, deps.defaultRuntime);
  if (!object || container.host === null) return;
  try {
    await deps.nodes.put(container.host, [object], []);
  } catch (err) {
    deps.log.warn({ container: container.id, host: container.host, err }, 'node not told of a change');
    await explainWait(deps, container, messageOf(err));
  }
}

async function explainWait(deps: TaskDeps, { id, host, generation }: Container, why: string): Promise<void> {
  try {
    await changeContainer(deps, id, (now) =>
      now.generation === generation && isWaiting(now)
        ? { ...now, statusReason: `Waiting for node ${host}: ${why}` }
        : now,
    );
  } catch (err) {
    deps.log.warn({ container: id, err }, 'reason for waiting not recorded');
  }
}
