import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Ctx, Microversion } from '../context.ts';
import { badRequest, CloudError } from '../errors.ts';
import {
  compareMicroversions,
  formatMicroversion,
  negotiateMicroversion,
  parseMicroversion,
  type MicroversionRange,
} from '../microversion.ts';
import { isAccessAllowed } from './access-rules.ts';
import { audited } from './auditing.ts';
import { authenticate, type Principal } from './auth.ts';
import { parseJson } from './bodies.ts';
import { callerOrigin } from './links.ts';
import { JsonText, Reply, type Call, type Method, type Route } from './route.ts';
import type { HttpDeps } from './server.ts';
import type { Service } from './service.ts';
import { compileValidator, type Validator } from './validate.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    streams?: boolean;
  }
}

/** One request on its way. */
interface Exchange {
  readonly deps: HttpDeps;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface Form {
  readonly route: Route;
  readonly params: Validator;
  readonly query: Validator;
  readonly body: Validator | null;
}

const NO_VERSION: Microversion = { major: 1, minor: 0 };
const ALL_METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Registers every route of a service; forms of one call in different microversions share a place. */
export function registerRoutes(scope: FastifyInstance, service: Service, deps: HttpDeps): void {
  const places = Map.groupBy(service.routes, (route) => `${route.method} ${route.url}`);
  for (const routes of places.values()) {
    const [{ method, url }] = routes as [Route, ...Route[]];
    const forms = routes.map(compileForm);
    const streams = routes.some((route) => route.streams);
    scope.route({
      method,
      url,
      config: { streams },
      handler: (request, reply) => dispatch(service, forms, { deps, request, reply }),
    });
  }
  for (const [url, routes] of Map.groupBy(service.routes, (route) => route.url))
    refuseOtherMethods(scope, url, routes);
}

/** 405 with `Allow` where the path exists and the verb does not. */
function refuseOtherMethods(scope: FastifyInstance, url: string, routes: readonly Route[]): void {
  const allowed = new Set(routes.map((route) => route.method));
  scope.route({
    method: ALL_METHODS.filter((method) => !allowed.has(method)),
    url,
    handler: async (_request, reply) => {
      reply.header('allow', [...allowed].join(', '));
      throw new CloudError('method-not-allowed', 'The method is not allowed for this resource.');
    },
  });
}

function compileForm(route: Route): Form {
  const none: Validator = (value) => value;
  return {
    route,
    params: route.params ? compileValidator(route.params, { subject: 'path', convert: true }) : none,
    query: route.query ? compileValidator(route.query, { subject: 'query', convert: true }) : none,
    body: route.body ? compileValidator(route.body, { subject: 'body' }) : null,
  };
}

/** The life of a request: version, caller, rule, input, handler, answer. */
async function dispatch(service: Service, forms: readonly Form[], exchange: Exchange): Promise<FastifyReply> {
  const { deps, request, reply } = exchange;
  const token = header(request, 'x-auth-token');
  const publicOnly = forms.every((form) => form.route.access === 'public');
  const principal = publicOnly ? null : await authenticate(deps.authenticator, token);
  assertAccess(service, principal, request);
  const version = service.microversions ? negotiate(exchange, service.microversions) : NO_VERSION;
  const form = pickForm(forms, version);
  const ctx: Ctx = makeCtx(exchange, principal, version);
  const { route } = form;
  const path = pathBelow(service, request);
  const facts = { service: service.name, route, ctx, path, source: request.ip };
  return answer(
    reply,
    route,
    await audited(deps.audit, facts, () => perform(service, form, { exchange, ctx })),
  );
}

/** What a caller who is known may have and have done. */
async function perform(
  service: Service,
  form: Form,
  { exchange: { deps, request }, ctx }: { exchange: Exchange; ctx: Ctx },
): Promise<unknown> {
  const { route } = form;
  if (typeof route.access === 'object') deps.policy.authorize(ctx, route.access.rule);
  if (request.url.includes('%00')) throw badRequest('The URL must not hold NUL characters.');
  checkMediaType(route, header(request, 'content-type'), request);
  const call: Call = {
    ctx,
    params: form.params(request.params),
    query: form.query(request.query),
    body: form.body ? form.body(parseJson(request.body as string | undefined)) : undefined,
    base: callerOrigin(request.headers, deps.publicUrl) + service.prefix,
    headers: request.headers,
    raw: request.raw,
    token: header(request, 'x-auth-token'),
  };
  return route.handle(call as Call<never, never, never>);
}

/** Without the service's prefix and the query. */
const pathBelow = (service: Service, request: FastifyRequest): string =>
  (request.url.split('?')[0] ?? '').slice(service.prefix.length);

/** @throws CloudError `unauthenticated`, as Keystone's middleware does, for a call that the credential's rules leave out. */
function assertAccess(service: Service, principal: Principal | null, request: FastifyRequest): void {
  if (!principal?.accessRules) return;
  const path = pathBelow(service, request);
  const call = { types: service.catalog?.types ?? [], method: request.method, path };
  if (isAccessAllowed(principal.accessRules, call)) return;
  throw new CloudError('unauthenticated', 'The application credential does not allow this call.');
}

function negotiate({ request, reply }: Exchange, range: MicroversionRange): Microversion {
  reply.header('vary', 'OpenStack-API-Version');
  reply.header('openstack-api-minimum-version', `${range.word} ${range.min}`);
  reply.header('openstack-api-maximum-version', `${range.word} ${range.max}`);
  const version = negotiateMicroversion(header(request, 'openstack-api-version'), range);
  reply.header('openstack-api-version', `${range.word} ${formatMicroversion(version)}`);
  return version;
}

function pickForm(forms: readonly Form[], version: Microversion): Form {
  const form = forms.find(({ route }) => covers(route, version));
  if (form) return form;
  throw new CloudError(
    'unsupported-version',
    `This call does not exist in version ${formatMicroversion(version)}.`,
    {
      code: 'version-not-found',
    },
  );
}

function covers(route: Route, version: Microversion): boolean {
  const since = parseMicroversion(route.since ?? '');
  const until = parseMicroversion(route.until ?? '');
  return (
    (!since || compareMicroversions(version, since) >= 0) &&
    (!until || compareMicroversions(version, until) <= 0)
  );
}

function makeCtx(
  { deps, request, reply }: Exchange,
  principal: Principal | null,
  microversion: Microversion,
): Ctx {
  const abort = new AbortController();
  reply.raw.once('close', () => reply.raw.writableFinished || abort.abort());
  const nobody = { id: '', name: '', domain: { id: '', name: '' } };
  return {
    requestId: request.id,
    user: principal?.user ?? nobody,
    project: principal?.project ?? null,
    domainScope: principal?.domainScope ?? null,
    systemScope: principal?.systemScope ?? false,
    roles: principal?.roles ?? [],
    isAdmin: principal?.roles.includes('admin') ?? false,
    microversion,
    signal: abort.signal,
    clock: deps.clock,
    log: deps.log.child({ requestId: request.id }),
  };
}

function checkMediaType(route: Route, contentType: string | undefined, request: FastifyRequest): void {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  const accepted = route.streams ?? (route.body ? (route.mediaTypes ?? ['application/json']) : null);
  if (!accepted || (type === undefined && route.streams === undefined)) return;
  if (type !== undefined && accepted.includes(type)) return;
  if (route.streams === undefined && !request.body) return;
  throw new CloudError(
    'unsupported-media-type',
    `Content type '${type ?? ''}' is not supported; use ${accepted.join(' or ')}.`,
  );
}

function answer(reply: FastifyReply, route: Route, result: unknown): FastifyReply {
  const full = result instanceof Reply ? result : new Reply(result);
  const status = full.status ?? route.status;
  reply.code(status).headers(full.headers);
  if (full.body === undefined) return reply.removeHeader('content-type').send();
  if (typeof full.body === 'object' && full.body !== null && 'pipe' in full.body)
    return reply.send(full.body);
  if (!reply.hasHeader('content-type')) reply.type('application/json');
  if (full.body instanceof JsonText) return reply.send(full.body.text);
  return reply.send(isJson(reply) ? JSON.stringify(full.body) : full.body);
}

const isJson = (reply: FastifyReply): boolean => String(reply.getHeader('content-type')).includes('json');

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
