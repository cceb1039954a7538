import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { CloudError, messageOf } from '#kernel/errors.ts';

/** The one word that this machine's root may say to its node, and the answers. */
const STOP_WORKLOADS = 'stop-workloads\n';
const DONE = 'done\n';

/** Listens on a socket that root alone may use. @returns how to stop */
export async function serveLocal(
  path: string,
  stopWorkloads: () => Promise<void>,
): Promise<() => Promise<void>> {
  await rm(path, { force: true }); // left by a node that was killed
  const server = createServer((socket) => {
    socket.setEncoding('utf8');
    socket.on('error', () => {}); // whoever asked is gone; what was asked for is done all the same
    socket.once('data', (word) => {
      if (String(word) !== STOP_WORKLOADS) return socket.end('what?\n');
      stopWorkloads().then(
        () => socket.end(DONE),
        (thrown: unknown) => socket.end(`${messageOf(thrown)}\n`),
      );
    });
  });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o600);
  return async () => {
    server.close();
    await rm(path, { force: true });
  };
}

/** @returns false when no node listens. @throws CloudError with the node's own words when it could not. */
export async function askToStopWorkloads(path: string): Promise<boolean> {
  const socket = connect(path).setEncoding('utf8');
  try {
    await once(socket, 'connect');
  } catch {
    return false;
  }
  socket.write(STOP_WORKLOADS);
  let answer = '';
  for await (const text of socket) answer += String(text);
  if (answer !== DONE)
    throw new CloudError('internal', `The node did not stop its workloads: ${answer.trim()}`);
  return true;
}
