import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import type { Principal } from '#kernel/http/auth.ts';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { Database } from '#kernel/db/database.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { createHttpServer } from '#kernel/http/server.ts';
import type { Service } from '#kernel/http/service.ts';
import { silentLogger } from '#kernel/log.ts';
import { createMetrics } from '#kernel/metrics.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault, type Vault } from '#kernel/vault/vault.ts';

const domain = { id: 'default', name: 'Default' };

/** Callers for tests: the token is the caller, so that no test needs an identity service but identity's own. */
export const callerToken = (principal: Principal): string =>
  Buffer.from(JSON.stringify(principal)).toString('base64url');

export const aCaller = (
  project: string | null,
  roles: readonly string[] = ['member', 'reader'],
  user = 'user-1',
): Principal => ({
  user: { id: user, name: user, domain },
  project: project === null ? null : { id: project, name: project, domain },
  domainScope: null,
  systemScope: false,
  roles,
});
export const anAdmin = (project = 'admin-project'): Principal =>
  aCaller(project, ['admin', 'manager', 'member', 'reader'], 'admin');

export interface ApiCall {
  readonly as?: Principal;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  /** Parsed JSON, or undefined where there is no body. */
  // A test looks into whatever came back.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly text: string;
}

export interface TestApi extends AsyncDisposable {
  readonly database: Database;
  readonly policy: Policy;
  call(method: string, url: string, call?: ApiCall): Promise<ApiAnswer>;
  get(url: string, call?: ApiCall): Promise<ApiAnswer>;
  post(url: string, call?: ApiCall): Promise<ApiAnswer>;
  put(url: string, call?: ApiCall): Promise<ApiAnswer>;
  patch(url: string, call?: ApiCall): Promise<ApiAnswer>;
  delete(url: string, call?: ApiCall): Promise<ApiAnswer>;
  /** Opens a port, for what only a connection shows. @returns its URL, without a slash at the end. */
  listen(): Promise<string>;
}

export interface TestApiOptions {
  /** Given the database and policy, makes the services. */
  readonly services: (kit: {
    database: Database;
    policy: Policy;
    clock: Clock;
    vault: Vault;
  }) => readonly Service[];
  /** Rules of those services, for the policy that they are given. */
  readonly rules: Service['policy'];
  readonly clock?: Clock;
  readonly database?: Database;
  readonly authenticate?: (token: string) => Promise<Principal | undefined>;
}

/** The real HTTP server over a migrated database, called in memory: no port is opened. */
export async function serveApi(options: TestApiOptions): Promise<TestApi> {
  const clock = options.clock ?? systemClock;
  const database = options.database ?? Database.open({ kind: 'sqlite', path: ':memory:' });
  const policy = new Policy(options.rules);
  const vault = new EnvelopeVault({ database, masterKeys: [Buffer.alloc(32, 2)] });
  const services = options.services({ database, policy, clock, vault });
  await migrate(database, [{ name: 'vault', migrations: [createVault] }, ...services]);
  const app = createHttpServer({
    services,
    policy,
    clock,
    log: silentLogger,
    metrics: createMetrics(),
    authenticator: { authenticate: options.authenticate ?? (async (token) => decodeCaller(token)) },
    publicUrl: 'http://cloud.test',
    health: async () => ({ ready: true, services: {}, nodes: 0 }),
  });
  const call = callsTo(app);
  return {
    database,
    policy,
    call,
    get: (url, options) => call('GET', url, options),
    post: (url, options) => call('POST', url, options),
    put: (url, options) => call('PUT', url, options),
    patch: (url, options) => call('PATCH', url, options),
    delete: (url, options) => call('DELETE', url, options),
    listen: () => app.listen({ host: '127.0.0.1', port: 0 }),
    async [Symbol.asyncDispose]() {
      await app.close();
      if (!options.database) await database.close();
    },
  };
}

/** Calls a server in memory, as a client would over the network. Of a stream of events it reads the beginning alone. */
export const callsTo =
  (app: FastifyInstance) =>
  async (method: string, url: string, { as, token, body, headers }: ApiCall = {}): Promise<ApiAnswer> => {
    const enough = new AbortController();
    const answer = await app.inject({
      method: method as 'GET',
      url,
      signal: enough.signal,
      payloadAsStream: true,
      headers: {
        host: 'cloud.test',
        ...(as ? { 'x-auth-token': callerToken(as) } : {}),
        ...(token === undefined ? {} : { 'x-auth-token': token }),
        ...(isPlain(body) ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: isPlain(body) ? JSON.stringify(body) : (body as Buffer) }),
    });
    const type = String(answer.headers['content-type']);
    const text =
      type === 'text/event-stream' ? await firstOf(answer.stream()) : await readText(answer.stream());
    enough.abort();
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: type.includes('json') && text !== '' ? (JSON.parse(text) as unknown) : undefined,
      text,
    };
  };

async function firstOf(stream: Readable): Promise<string> {
  for await (const chunk of stream) return String(chunk);
  return '';
}

const isPlain = (body: unknown): boolean =>
  body !== undefined && !(body instanceof Uint8Array) && typeof body !== 'string';

function decodeCaller(token: string): Principal | undefined {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as Principal;
  } catch {
    return undefined;
  }
}
