import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../clock.ts';
import { CloudError } from '../errors.ts';
import { newRequestId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Policy } from '../policy/policy.ts';
import type { Authenticator } from './auth.ts';
import { parseBodies } from './bodies.ts';
import { registerRoutes } from './dispatch.ts';
import { keystoneFaults, statusOf, type FaultFormat } from './faults.ts';
import type { Service } from './service.ts';
import { serveSockets } from './sockets.ts';

export interface HttpDeps {
  readonly services: readonly Service[];
  readonly authenticator: Authenticator;
  readonly policy: Policy;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** `http://host:port`, where the request does not tell. */
  readonly publicUrl: string;
  /** Whether the cloud can work, for `/healthz`. */
  readonly health: () => Promise<Health>;
}

export interface Health {
  readonly ready: boolean;
  readonly services: Readonly<Record<string, string>>;
  /** Nodes that are connected now. */
  readonly nodes: number;
}

const MAX_JSON_BODY = 1 << 20;
const CLOSING_MS = 2_000;

/** One port, every API below its prefix. Each service is an encapsulated plugin with its own fault format. */
export function createHttpServer(deps: HttpDeps): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_JSON_BODY,
    requestIdHeader: false,
    genReqId: () => newRequestId(),
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 512 },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id);
  });
  // Answers under way may come to their end; whoever takes longer is cut off.
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), CLOSING_MS).unref();
  });
  app.addHook('onResponse', async (request, reply) => observe(deps, request, reply));
  app.setErrorHandler((thrown, _request, reply) => sendFault(deps, keystoneFaults, thrown, reply));
  app.setNotFoundHandler((request, reply) => sendFault(deps, keystoneFaults, unknownPath(request), reply));
  app.get('/healthz', async (_request, reply) => {
    const health = await deps.health();
    return reply.code(health.ready ? 200 : 503).send(health);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.render()),
  );
  // People find the dashboard there, programs nothing.
  app.get('/', async (request, reply) =>
    wantsPage(request)
      ? reply.redirect('/ui/')
      : sendFault(deps, keystoneFaults, unknownPath(request), reply),
  );
  serveSockets(app, deps);
  for (const service of deps.services) {
    app.register(async (scope) => mountService(scope, service, deps), { prefix: service.prefix });
  }
  return app;
}

const wantsPage = ({ headers: { accept = '' } }: FastifyRequest): boolean => accept.includes('text/html');

function mountService(scope: FastifyInstance, service: Service, deps: HttpDeps): void {
  parseBodies(scope);
  scope.setErrorHandler((thrown, _request, reply) => sendFault(deps, service.faults, thrown, reply));
  scope.setNotFoundHandler((request, reply) => sendFault(deps, service.faults, unknownPath(request), reply));
  if (service.strictSlashes)
    scope.addHook('onRequest', async (request) => {
      if (hasEmptyId(service, request)) throw unknownPath(request);
    });
  registerRoutes(scope, service, deps);
}

/** `/prefix/v1/things/`: whoever writes this has an id in mind, and none in hand. */
const hasEmptyId = ({ prefix }: Service, { url }: FastifyRequest): boolean => {
  const path = url.split('?')[0] ?? '';
  return path.endsWith('/') && path.slice(prefix.length).split('/').length > 3;
};

const unknownPath = (request: FastifyRequest): CloudError =>
  new CloudError('not-found', `There is nothing at ${request.url.split('?')[0]}.`);

/** The last step of every failure: status, that upstream's body, and a log line where someone must act. */
function sendFault(deps: HttpDeps, format: FaultFormat, thrown: unknown, reply: FastifyReply): FastifyReply {
  const { request } = reply;
  const error = fromFastify(thrown);
  const status = error.kind === 'unauthenticated' ? 401 : statusOf(error, format);
  if (status >= 500) {
    deps.log.error(
      { requestId: request.id, url: request.url, err: error.cause ?? error, detail: error.detail },
      'request failed',
    );
  }
  if (status === 401) reply.header('www-authenticate', `Keystone uri="${deps.publicUrl}/identity"`);
  const body =
    status === 401 ? keystoneFaults.body(error, status, request.id) : format.body(error, status, request.id);
  return reply.code(status).type('application/json').send(JSON.stringify(body));
}

/** Fastify's own complaints (too large, broken JSON, unknown media type) as ours. */
function fromFastify(thrown: unknown): CloudError {
  if (thrown instanceof CloudError || !(thrown instanceof Error)) return CloudError.from(thrown);
  const status = 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (status === 413) return new CloudError('too-large', 'The request body is too large.', { cause: thrown });
  if (status === 415) return new CloudError('unsupported-media-type', thrown.message, { cause: thrown });
  if (status === 400) return new CloudError('bad-request', thrown.message, { cause: thrown });
  return CloudError.from(thrown);
}

function observe(deps: HttpDeps, request: FastifyRequest, reply: FastifyReply): void {
  const labels = {
    method: request.method,
    route: request.routeOptions.url ?? 'unknown',
    status: String(reply.statusCode),
  };
  deps.metrics.requests.observe(labels, reply.elapsedTime / 1000);
  deps.log.debug({ requestId: request.id, ...labels, ms: reply.elapsedTime }, 'request answered');
}
