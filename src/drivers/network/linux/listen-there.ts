import { createServer } from 'node:net';

/** A program of its own: listens on port 80 where it was started, hands the socket to its parent, and is killed; or ends when its parent has died. */
const server = createServer();
server.listen({ port: 80, host: '::', backlog: 64 }, () => process.send?.('listening', server));
process.once('disconnect', () => process.exit());
