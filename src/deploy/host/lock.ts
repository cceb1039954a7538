import { once } from 'node:events';
import { createServer } from 'node:net';
import { conflict } from '#kernel/errors.ts';

/**
 * One `up` or `down`, or what else has the `name`, at a time on this machine. The lock is a socket in the abstract namespace: the kernel takes it
 * back when its holder ends, however that happens.
 * @throws CloudError `conflict` when another one is at work.
 */
export async function withSetupLock<T>(
  act: () => Promise<T>,
  name = 'hydria-setup',
  busy = 'Another `hydria up` or `hydria down` is at work on this machine; wait for it.',
): Promise<T> {
  const server = createServer();
  try {
    server.listen({ path: `\0${name}` });
    await once(server, 'listening');
  } catch (cause) {
    throw conflict(busy, { cause });
  }
  try {
    return await act();
  } finally {
    server.close();
  }
}
