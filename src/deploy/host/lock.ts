import { once } from 'node:events';
import { createServer } from 'node:net';
import { conflict } from '#kernel/errors.ts';

/**
 * One `up` or `down` at a time on this machine. The lock is a socket in the abstract namespace: the kernel takes it
 * back when its holder ends, however that happens.
 * @throws CloudError `conflict` when another one is at work.
 */
export async function lockSetup(name = 'hydria-setup'): Promise<AsyncDisposable> {
  const server = createServer();
  try {
    server.listen({ path: `\0${name}` });
    await once(server, 'listening');
  } catch (cause) {
    throw conflict('Another `hydria up` or `hydria down` is at work on this machine; wait for it.', {
      cause,
    });
  }
  return { [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) };
}
