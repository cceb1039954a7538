import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server on the loopback that answers what a test says, by path. Others are 404. */
export class FileServer implements AsyncDisposable {
  readonly #server: Server;
  readonly answers = new Map<string, Answer>();

  constructor() {
    this.#server = createServer((request, response) => {
      const answer = this.answers.get((request.url ?? '').split('?')[0] ?? '');
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** @returns the URL */
  put(path: string, bytes: Uint8Array | string): string {
    this.answers.set(path, (_, response) => response.end(bytes));
    return this.url(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
