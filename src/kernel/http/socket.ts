import type { Duplex } from 'node:stream';
import type { Actor } from '../context.ts';

/** An endpoint of WebSockets that carries bytes both ways. Who may open it is the endpoint's own affair: browsers send no token. */
export interface SocketRoute {
  /** Below the service's prefix, in full: `/v1/consoles`. */
  readonly url: string;
  /** Unique in its service; the action in the audit. */
  readonly name: string;
  /** Hosts of web pages, beside the cloud's own, that may open it. */
  readonly origins: readonly string[];
  /** @throws CloudError whom it refuses, before the socket is there: the client sees the fault. */
  open(query: URLSearchParams): Promise<OpenedSocket>;
}

export interface OpenedSocket {
  /** Read: what goes to the client. Its end closes the socket, its failure too, with the reason. Destroyed when the client has gone. */
  readonly stream: Duplex;
  /** Asked once the stream has ended: more to say as the socket closes, in some words of ASCII. Never rejects. */
  readonly farewell?: () => Promise<string>;
  /** Who uses it, for the audit. */
  readonly user: Actor;
  readonly projectId: string;
  readonly target: string;
}
