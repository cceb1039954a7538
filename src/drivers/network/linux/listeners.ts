import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as Listening } from 'node:net';
import { fileURLToPath } from 'node:url';
import { unavailable } from '#kernel/errors.ts';
import { start } from '#kernel/exec.ts';
import type { AddressSpec, MetadataAnswer, MetadataHandler } from '../driver.ts';
import { namespacePath } from './host.ts';
import { Serial } from '#kernel/serial.ts';

/** Where workloads ask about themselves, on every network alike. */
export const METADATA: readonly AddressSpec[] = [
  { address: '169.254.169.254', prefix: 32 },
  { address: 'fe80::a9fe:a9fe', prefix: 64 },
];

const MIDWIFE = fileURLToPath(new URL('./listen-there.ts', import.meta.url));
const BIRTH_MS = 30_000;
const LONGEST_BODY = 16 << 10;
const IDLE_MS = 10_000;

const SILENT: MetadataHandler = async () => ({ status: 503, contentType: 'text/plain', body: 'Not ready.' });

/**
 * The metadata service's ears: a listening socket in the namespace of each network's resolver, which this process holds. A socket
 * stays in the namespace that it was made in, so a process of a moment makes it there and hands it over. No packet is routed, no
 * address translated: who asks is the address that the filter has let him use.
 */
export class Listeners {
  readonly #serial = new Serial();
  readonly #servers = new Map<string, Server>();
  #answer: MetadataHandler = SILENT;

  serve(answer: MetadataHandler): void {
    this.#answer = answer;
  }

  /** @param namespace where to listen for this network; null = not at all. */
  set(networkId: string, namespace: string | null): Promise<void> {
    return this.#serial.run(networkId, async () => {
      if (namespace === null) return this.#close(networkId);
      if (this.#servers.has(networkId)) return;
      const server = createServer((request, response) => void this.#hear(networkId, request, response));
      server.headersTimeout = server.requestTimeout = IDLE_MS;
      server.listen(await listenIn(namespace));
      await once(server, 'listening');
      this.#servers.set(networkId, server);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((id) => this.set(id, null)));
  }

  async #close(networkId: string): Promise<void> {
    const server = this.#servers.get(networkId);
    if (!server) return;
    this.#servers.delete(networkId);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  async #hear(networkId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, body } = await this.#ask(networkId, request).catch((): MetadataAnswer => ({
      status: 500,
      contentType: 'text/plain',
      body: 'Internal Server Error',
    }));
    response.writeHead(status, { 'content-type': contentType, connection: 'close' }).end(body);
  }

  async #ask(networkId: string, request: IncomingMessage): Promise<MetadataAnswer> {
    const body = await readBody(request);
    if (body === undefined) return { status: 413, contentType: 'text/plain', body: 'Too large.' };
    return this.#answer({
      networkId,
      source: plainAddress(request.socket.remoteAddress ?? ''),
      method: request.method ?? '',
      path: request.url ?? '/',
      headers: Object.fromEntries(
        Object.entries(request.headers).flatMap(([name, value]) =>
          typeof value === 'string' ? [[name, value]] : [],
        ),
      ),
      body,
    });
  }
}

/** Without the zone of a link-local address, and IPv4 as itself. */
const plainAddress = (address: string): string =>
  address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/, '');

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A socket that listens on port 80 of that namespace. */
async function listenIn(namespace: string): Promise<Listening> {
  // Its last word is for whoever looks for what is left.
  const child = start(
    'nsenter',
    [`--net=${namespacePath(namespace)}`, process.execPath, MIDWIFE, namespace],
    {
      stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
      env: {},
    },
  );
  try {
    const signal = AbortSignal.timeout(BIRTH_MS);
    const gone = once(child, 'exit', { signal }).then(() => {
      throw unavailable('Nobody can listen for metadata in the namespace of the network.');
    });
    const born = once(child, 'message', { signal }).then(([, socket]) => socket as Listening);
    gone.catch(() => {}); // it goes when it is done, too
    return await Promise.race([born, gone]);
  } finally {
    child.kill('SIGKILL');
  }
}
