import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Clock } from '#kernel/clock.ts';
import { CloudError, messageOf, unavailable } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { backoff, SETTLED } from './backoff.ts';
import { Connection } from './connection.ts';
import { joinServer } from './handshake.ts';
import { configure } from './payloads.ts';
import { PeerSession } from './peer-session.ts';
import type { TlsIdentity } from './pki.ts';
import type { Session } from './session.ts';

const CONNECT_TIME = 30_000;

export interface SsntpClientDeps {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsIdentity;
  readonly uuid: string;
  /** Bits of `Role`, of those in the certificate. */
  readonly roles: number;
  readonly logger: Logger;
  readonly clock: Clock;
  /** In [0, 1); default Math.random. */
  readonly random?: () => number;
  /** Called before anything of the new session is read: set its handlers here. */
  readonly onSession: (session: Session) => void;
  /** Called when a session is over or an attempt failed, before the next one. */
  readonly onDown?: (reason: Error) => void;
}

export interface SsntpClient {
  /** Connects, and again whenever the session ends, until `close`. */
  start(): void;
  /** Resolves when the session is over. */
  close(): Promise<void>;
}

export const createSsntpClient = (deps: SsntpClientDeps): SsntpClient => new TlsClient(deps);

class TlsClient implements SsntpClient {
  readonly #deps: SsntpClientDeps;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: SsntpClientDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running = this.#run();
  }

  close(): Promise<void> {
    this.#stop.abort();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random = Math.random } = this.#deps;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      const began = clock.now().getTime();
      const reason = await this.#session().catch((thrown: unknown) => CloudError.from(thrown));
      if (this.#stop.signal.aborted) return;
      if (clock.now().getTime() - began >= SETTLED) attempt = 0;
      this.#down(reason, attempt);
      await clock.sleep(backoff(attempt, random), this.#stop.signal).catch(() => {}); // closed meanwhile
    }
  }

  #down(reason: Error | undefined, attempt: number): void {
    const error = reason ?? unavailable('The session was closed.');
    const level = attempt === 0 ? 'warn' : 'debug'; // once per outage
    this.#deps.logger[level]({ reason: messageOf(error), attempt }, 'SSNTP server not connected');
    this.#deps.onDown?.(error);
  }

  /** One session, from connecting to its end. */
  async #session(): Promise<Error | undefined> {
    const { clock, logger, uuid, roles } = this.#deps;
    const connection = new Connection(await this.#connect());
    let session: PeerSession | undefined;
    const abort = () => (session ?? connection).close();
    this.#stop.signal.addEventListener('abort', abort, { once: true });
    try {
      const self = { uuid, roles };
      const { configuration, ...peer } = await joinServer(connection, self, clock);
      session = new PeerSession({ connection, self, peer, clock, logger });
      logger.info({ peer: peer.uuid }, 'SSNTP server connected');
      this.#deps.onSession(session);
      session.announce(configure.decode(configuration).hydria?.extension);
      await session.run();
      return await session.closed;
    } finally {
      this.#stop.signal.removeEventListener('abort', abort);
      connection.close();
    }
  }

  async #connect(): Promise<TLSSocket> {
    const { host, port, tls } = this.#deps;
    const servername = isIP(host) ? '' : host; // an address has no server name
    const socket = connect({ ...tls, host, port, servername, minVersion: 'TLSv1.2' });
    socket.setTimeout(CONNECT_TIME, () => socket.destroy(unavailable('Connecting took too long.')));
    try {
      await once(socket, 'secureConnect', { signal: this.#stop.signal });
      socket.setTimeout(0);
      return socket;
    } catch (cause) {
      socket.destroy();
      throw unavailable(`${host}:${port} cannot be reached: ${messageOf(cause)}`, { cause });
    }
  }
}
