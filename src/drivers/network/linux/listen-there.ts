import { createServer } from 'node:net';

/**
 * A program of its own: listens on port 80 where it was started, hands the socket to its parent, and is killed; or ends with its
 * standard input, which the kernel closes when the parent has died. The channel alone would not tell: with a socket under way in
 * it, its end is no event. Left behind, this process would keep the port from every later one.
 */
process.stdin.resume().once('close', () => process.exit());
const server = createServer();
server.listen({ port: 80, host: '::', backlog: 64 }, () => process.send?.('listening', server));
