import { CloudError } from '#kernel/errors.ts';
import type { Engine } from './engine.ts';

const ATTEMPTS = 3;
const NEVER_RAN = /cannot start a stopped process|container process is already dead/;

/**
 * Starts a container. runc's own process, which waits to become the container's, dies now and then on a busy machine: nothing of
 * the container has run then, and it is begun again.
 * @throws CloudError as `Engine.ask` does.
 */
export async function startContainer(engine: Engine, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      await engine.ask((docker) => docker.getContainer(name).start());
      return;
    } catch (thrown) {
      if (attempt === ATTEMPTS || !(thrown instanceof CloudError && NEVER_RAN.test(thrown.message)))
        throw thrown;
    }
}
