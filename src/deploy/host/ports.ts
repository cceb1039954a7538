import { createServer } from 'node:net';

/** Whether one could listen there now. Other failures than a port in use are left to who really listens. */
export function isPortFree(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
  server.listen(port, host, () => server.close(() => resolve(true)));
  return promise;
}
