import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import { CloudError, notFound } from '../errors.ts';
import { newRequestId } from '../ids.ts';
import { statusOf } from './faults.ts';
import { isOriginAllowed } from './origin.ts';
import type { HttpDeps } from './server.ts';
import type { Service } from './service.ts';
import type { OpenedSocket, SocketRoute } from './socket.ts';
import { joinSocket } from './socket-line.ts';

const MAX_MESSAGE = 1 << 20;
const PROTOCOLS = ['binary', 'base64'];
const GOING_AWAY = 1001;

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** WebSockets beside the routes, on the same port. A refusal is an answer of HTTP. */
export function serveSockets(app: FastifyInstance, deps: HttpDeps): void {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });
  app.server.on('upgrade', (request, socket, head) => {
    void upgrade(deps, server, { request, socket, head });
  });
  app.addHook('preClose', async () => {
    for (const client of server.clients) client.close(GOING_AWAY, 'The cloud stops.');
  });
}

async function upgrade(
  deps: HttpDeps,
  server: WebSocketServer,
  { request, socket, head }: Upgrade,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://here');
  const found = url && find(deps.services, url.pathname);
  socket.on('error', () => {}); // whoever hangs up early
  try {
    if (!found) throw notFound('There is no WebSocket at this path.');
    if (!isOriginAllowed(request.headers, found.route.origins))
      throw new CloudError('forbidden', 'Pages of that origin may not open this.');
    const opened = await found.route.open(url.searchParams);
    await record(deps, { ...found, opened, source: request.socket.remoteAddress ?? '' });
    if (socket.destroyed) return void opened.stream.destroy();
    server.handleUpgrade(request, socket, head, (client) => joinSocket(client, opened));
  } catch (thrown) {
    refuse(deps, found?.service, { thrown, socket });
  }
}

interface Found {
  readonly service: Service;
  readonly route: SocketRoute;
}

function find(services: readonly Service[], path: string): Found | undefined {
  for (const service of services)
    for (const route of service.sockets ?? [])
      if (service.prefix + route.url === path.replace(/\/+$/, '')) return { service, route };
  return undefined;
}

const record = (
  deps: HttpDeps,
  { service, route, opened, source }: Found & { opened: OpenedSocket; source: string },
) =>
  deps.audit.append({
    requestId: newRequestId(),
    service: service.name,
    action: route.name,
    outcome: 'success',
    user: opened.user,
    projectId: opened.projectId,
    target: opened.target,
    source,
    reason: '',
  });

function refuse(
  deps: HttpDeps,
  service: Service | undefined,
  { thrown, socket }: { thrown: unknown; socket: Duplex },
): void {
  const error = CloudError.from(thrown);
  const status = service ? statusOf(error, service.faults) : 404;
  if (status >= 500) deps.log.error({ err: error.cause ?? error }, 'a WebSocket could not be opened');
  const body = service ? JSON.stringify(service.faults.body(error, status, newRequestId())) : '';
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
