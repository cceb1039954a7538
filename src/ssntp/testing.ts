import { EventEmitter, once } from 'node:events';
import type { Clock } from '#kernel/clock.ts';
import { silentLogger } from '#kernel/log.ts';
import {
  createAuthority,
  issueCertificate,
  type CertificateRequest,
  type Credentials,
} from './certificates.ts';
import { createSsntpClient, type SsntpClient, type SsntpClientDeps } from './client.ts';
import type { TlsIdentity } from './pki.ts';
import { Role } from './roles.ts';
import { createSsntpServer, type SsntpServer, type SsntpServerDeps } from './server.ts';
import type { Session } from './session.ts';

export const SERVER_UUID = '03040506-0708-090a-0b0c-0d0e0f101112';
export const NODE_UUID = '01020304-0506-0708-090a-0b0c0d0e0f10';

/** A clock that stands until it is told to advance. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();
  readonly #events = new EventEmitter();

  now(): Date {
    return new Date(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason as Error);
    });
    this.#events.emit('sleep');
    return promise;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers)
      if (sleeper.at <= this.#now) {
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
  }

  /** Until somebody sleeps for just so long. */
  async sleeping(ms: number): Promise<void> {
    while (![...this.#sleepers].some(({ at }) => at - this.#now === ms)) await once(this.#events, 'sleep');
  }
}

export class TestAuthority {
  readonly #credentials: Credentials;

  private constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  static async create(): Promise<TestAuthority> {
    return new TestAuthority(await createAuthority({ commonName: 'test authority' }));
  }

  async issue(roles: number, request: Partial<CertificateRequest> = {}): Promise<TlsIdentity> {
    const names = { commonName: 'localhost', ips: ['127.0.0.1'] };
    const issued = await issueCertificate(this.#credentials, { ...names, roles, ...request });
    return { ca: this.#credentials.certificate, cert: issued.certificate, key: issued.key };
  }
}

/** A queue of what a callback was given. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #events = new EventEmitter();

  readonly put = (item: T): void => {
    this.#items.push(item);
    this.#events.emit('item');
  };

  async next(): Promise<T> {
    while (this.#items.length === 0) await once(this.#events, 'item');
    return this.#items.shift() as T;
  }
}

export type TestServerDeps = Partial<SsntpServerDeps> & Pick<SsntpServerDeps, 'tls' | 'clock'>;

/** A server on a free port of the loopback, with the sessions that it gets. */
export async function startServer(deps: TestServerDeps, port = 0) {
  const inbox = new Inbox<Session>();
  const server: SsntpServer = createSsntpServer({
    uuid: SERVER_UUID,
    roles: Role.Server | Role.Scheduler,
    configure: () => ({}),
    logger: silentLogger,
    onSession: inbox.put,
    ...deps,
  });
  await server.listen(port, '127.0.0.1');
  return { server, port: server.address().port, inbox };
}

export type TestClientDeps = Partial<SsntpClientDeps> & Pick<SsntpClientDeps, 'tls' | 'clock' | 'port'>;

/** A started client, with the sessions that it gets and the reasons why it had none. */
export function startClient(deps: TestClientDeps) {
  const inbox = new Inbox<Session>();
  const downs = new Inbox<Error>();
  const client: SsntpClient = createSsntpClient({
    host: '127.0.0.1',
    uuid: NODE_UUID,
    roles: Role.Agent | Role.NetAgent,
    logger: silentLogger,
    onSession: inbox.put,
    onDown: downs.put,
    ...deps,
  });
  client.start();
  return { client, inbox, downs };
}
