import type { FastifyInstance, InjectOptions } from 'fastify';
import type { StoredCtx } from '../context.ts';
import { CloudError, type ErrorKind } from '../errors.ts';
import { newSecret } from '../ids.ts';
import type { Authenticator, Principal } from './auth.ts';
import type { Method } from './route.ts';
import type { Service } from './service.ts';

export interface InsideCall {
  /** Official type or alias in the catalogue: `network`. */
  readonly service: string;
  readonly method: Method;
  /** Below the service's endpoint: `/v2.0/networks`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** `container 1.40`. */
  readonly microversion?: string;
}

export interface InsideAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else its text; null for none. */
  readonly body: unknown;
}

/**
 * Calls of the cloud's own public APIs from within, in the name of somebody who asked earlier and may be gone by now. They take the way of
 * every other call (policy, validation, audit), but for the socket and the caller's token: one that only this process knows, for one call.
 */
export class InsideCalls implements Authenticator {
  readonly #callers = new Map<string, Principal>();
  readonly #outer: Authenticator;
  #app: FastifyInstance | undefined;
  #paths: ReadonlyMap<string, string> = new Map();

  /** @param outer checks the tokens of everybody else. */
  constructor(outer: Authenticator) {
    this.#outer = outer;
  }

  authenticate: Authenticator['authenticate'] = async (token, options) =>
    this.#callers.get(token) ?? this.#outer.authenticate(token, options);

  /** Where calls go: known when everything is composed. */
  serveBy(app: FastifyInstance, services: readonly Service[]): void {
    this.#app = app;
    const entries = services.flatMap(({ catalog }) => (catalog ? [catalog] : []));
    this.#paths = new Map(entries.flatMap(({ types, path }) => types.map((type) => [type, path])));
  }

  /** Calls in somebody's name. */
  as = (actor: StoredCtx) => ({ call: (request: InsideCall) => this.call(actor, request) });

  /** @throws CloudError of the kind that the status of a refusal stands for, in that API's words */
  async call(
    actor: StoredCtx,
    { service, method, path, query, body, headers = {}, microversion }: InsideCall,
  ): Promise<InsideAnswer> {
    const base = this.#paths.get(service);
    if (!this.#app || base === undefined)
      throw new CloudError('unavailable', `This cloud has no service '${service}'.`, { retryable: false });
    const answer = await this.#inject(actor, {
      method,
      url: `${base.replace('$(project_id)s', actor.project?.id ?? '')}${path}`,
      headers: { ...headers, ...(microversion !== undefined && { 'openstack-api-version': microversion }) },
      ...(query && { query: { ...query } }),
      ...(body !== undefined && { payload: body as object }),
    });
    return read(answer.statusCode, answer.headers, answer.body);
  }

  /**
   * Posts to an address of this cloud that somebody was given; `as` null = with nobody's rights, as whoever has the address may.
   * @throws CloudError as `call` does
   */
  async send({ url, as, body }: { url: URL; as: StoredCtx | null; body: unknown }): Promise<void> {
    const request = {
      method: 'POST',
      url: `${url.pathname}${url.search}`,
      headers: { host: url.host }, // signatures are of it, too
      payload: body as object,
    } as const;
    const answer = await this.#inject(as, request);
    read(answer.statusCode, answer.headers, answer.body);
  }

  async #inject(actor: StoredCtx | null, { headers, ...request }: InjectOptions) {
    if (!this.#app) throw new CloudError('unavailable', 'This cloud has not started yet.');
    if (!actor) return this.#app.inject({ ...request, ...(headers && { headers }) });
    const token = newSecret();
    const { user, project, roles } = actor;
    this.#callers.set(token, { user, project, roles, domainScope: null, systemScope: false });
    try {
      return await this.#app.inject({ ...request, headers: { ...headers, 'x-auth-token': token } });
    } finally {
      this.#callers.delete(token);
    }
  }
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  412: 'precondition-failed',
  413: 'too-large',
  429: 'quota',
  501: 'not-implemented',
  503: 'unavailable',
};

function read(status: number, given: object, text: string): InsideAnswer {
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  const body: unknown =
    headers['content-type']?.includes('json') && text !== '' ? JSON.parse(text) : text || null;
  if (status < 400) return { status, headers, body };
  throw new CloudError(KINDS[status] ?? 'internal', messageIn(body) ?? `The service answered ${status}.`);
}

/** The words of a fault, whichever service it is of: the text under the first name that says one. */
function messageIn(body: unknown): string | undefined {
  if (typeof body === 'string') return body.slice(0, 500);
  if (typeof body !== 'object' || body === null) return undefined;
  for (const name of ['message', 'description', 'detail', 'faultstring']) {
    const value = (body as Record<string, unknown>)[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  const inner = Object.values(body).find((value) => typeof value === 'object' && value !== null);
  return messageIn(Array.isArray(inner) ? inner[0] : inner);
}
