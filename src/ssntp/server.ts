import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { Connection } from './connection.ts';
import { acceptClient } from './handshake.ts';
import { EXTENSION_VERSION } from './operands.ts';
import { configure, type Configure } from './payloads.ts';
import { PeerSession } from './peer-session.ts';
import type { TlsIdentity } from './pki.ts';
import type { Session } from './session.ts';

const HANDSHAKE_TIME = 30_000;

export interface SsntpServerDeps {
  readonly tls: TlsIdentity;
  readonly uuid: string;
  /** Bits of `Role`, of those in the certificate. */
  readonly roles: number;
  /** The cloud's configuration, which every client gets at connect. */
  readonly configure: () => Configure['configure'];
  readonly logger: Logger;
  readonly clock: Clock;
  /** Called before anything of the new session is read: set its handlers here. */
  readonly onSession: (session: Session) => void;
}

export interface SsntpServer {
  listen(port: number, host?: string): Promise<void>;
  address(): { readonly host: string; readonly port: number };
  /** By the peer's UUID. A peer that connects again takes the place of its former session. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** Ends every session and stops listening. */
  close(): Promise<void>;
}

export const createSsntpServer = (deps: SsntpServerDeps): SsntpServer => new TlsServer(deps);

class TlsServer implements SsntpServer {
  readonly sessions = new Map<string, Session>();
  readonly #deps: SsntpServerDeps;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(deps: SsntpServerDeps) {
    this.#deps = deps;
    this.#server = createServer({
      ...deps.tls,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_TIME,
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    });
    this.#server.on('secureConnection', (socket) => void this.#serve(socket));
    this.#server.on('tlsClientError', (error, socket) => {
      deps.logger.info({ reason: error.message, address: socket.remoteAddress }, 'SSNTP peer refused by TLS');
    });
  }

  async listen(port: number, host = '::'): Promise<void> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
  }

  address(): { host: string; port: number } {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    const sessions = [...this.sessions.values()];
    for (const session of sessions) session.close();
    await Promise.all(sessions.map((session) => session.closed));
    for (const socket of this.#sockets) socket.destroy(); // those that never came so far
    await closed;
  }

  async #serve(socket: TLSSocket): Promise<void> {
    const connection = new Connection(socket);
    try {
      await this.#session(connection);
    } catch (thrown) {
      this.#deps.logger.warn(
        { reason: messageOf(thrown), address: connection.peerAddress },
        'SSNTP peer refused',
      );
      connection.close();
    }
  }

  async #session(connection: Connection): Promise<void> {
    const { uuid, roles, clock, logger } = this.#deps;
    const configuration = configure.encode({
      configure: this.#deps.configure(),
      hydria: { extension: EXTENSION_VERSION },
    });
    const self = { uuid, roles };
    const peer = await acceptClient(connection, { ...self, configuration }, clock);
    const session = new PeerSession({ connection, self, peer, clock, logger });
    this.sessions.get(peer.uuid)?.close('The peer has connected again.');
    this.sessions.set(peer.uuid, session);
    logger.info({ peer: peer.uuid, roles: peer.roles }, 'SSNTP peer connected');
    this.#deps.onSession(session);
    await session.run();
    if (this.sessions.get(peer.uuid) === session) this.sessions.delete(peer.uuid);
    logger.info({ peer: peer.uuid, reason: (await session.closed)?.message }, 'SSNTP peer disconnected');
  }
}
