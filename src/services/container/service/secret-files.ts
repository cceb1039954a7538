import { systemCtx } from '#kernel/context.ts';
import { badRequest, CloudError, notFound } from '#kernel/errors.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { NodeQuestions } from '#services/placement/port.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

type Deps = Pick<ContainerDeps, 'database' | 'secrets' | 'clock' | 'log'>;

/** Secrets of containers: for the node alone that has the container, when it starts it. Whether its user may read it was seen at creation. */
export const answerSecrets = (nodes: NodeQuestions, deps: Deps): void =>
  nodes.answer('secret.get', async ({ host }, { container: id, secret }) => {
    const container = await containerStore.find(deps.database.handle<ContainerTables>(), id);
    const { mounts = [], secretEnv = [] } = container?.settings ?? {};
    const isItsOwn =
      mounts.some((mount) => mount.kind === 'secret' && mount.secretId === secret) ||
      secretEnv.some(({ secretId }) => secretId === secret);
    if (!container?.desired || container.host !== host || !isItsOwn)
      throw notFound(`There is no container ${id} on this node with that secret.`);
    const payload = await deps
      .secrets()
      .payload(systemCtx(newRequestId(), deps), secret)
      .catch((thrown: unknown) => {
        if (!(thrown instanceof CloudError) || thrown.kind !== 'not-found') throw thrown;
        throw badRequest(`Secret ${secret} is not there any more.`);
      });
    return { payload: Buffer.from(payload.bytes).toString('base64') };
  });
