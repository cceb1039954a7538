import { once } from 'node:events';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { badRequest, CloudError, notFound, type ErrorKind } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Method } from './methods.ts';

const MEDIA_TYPE = 'application/vnd.docker.plugins.v1+json; charset=utf-8';
const MAX_BODY_CHARACTERS = 1 << 20;

const STATUS: Partial<Record<ErrorKind, number>> = {
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  quota: 409,
  'too-large': 413,
  unavailable: 503,
};

export interface ServerDeps {
  readonly methods: Readonly<Record<string, Method>>;
  /** How the caller wants to read of a failure; default as Docker does. */
  readonly fault?: (error: CloudError) => object;
  readonly log: Logger;
}

/** A Unix socket for root alone, or a TCP port with the file by which dockerd finds it. */
export type Place =
  | { readonly socket: string }
  | { readonly host: string; readonly port: number; readonly spec: string | null };

/** `POST /<Method>` with JSON, whatever content type is claimed. @returns how to stop */
export async function servePlugin(deps: ServerDeps, place: Place): Promise<() => Promise<void>> {
  const server = createServer((request, response) => void respond(deps, request, response));
  return 'socket' in place ? listenOnSocket(server, place.socket) : listenOnPort(server, place);
}

async function listenOnSocket(server: Server, socket: string): Promise<() => Promise<void>> {
  await mkdir(dirname(socket), { recursive: true });
  await rm(socket, { force: true }); // left by a process that was killed
  server.listen(socket);
  await once(server, 'listening');
  await chmod(socket, 0o600);
  return () => close(server, socket);
}

async function listenOnPort(
  server: Server,
  { host, port, spec }: Extract<Place, { port: number }>,
): Promise<() => Promise<void>> {
  server.listen(port, host);
  await once(server, 'listening');
  if (spec !== null) {
    await mkdir(dirname(spec), { recursive: true });
    const { port: actual } = server.address() as AddressInfo;
    const authority = host.includes(':') ? `[${host}]:${actual}` : `${host}:${actual}`;
    await writeFile(spec, `${JSON.stringify({ Name: 'kuryr', Addr: `http://${authority}` })}\n`);
  }
  return () => close(server, spec);
}

async function close(server: Server, file: string | null): Promise<void> {
  server.closeIdleConnections();
  server.close();
  await once(server, 'close');
  if (file !== null) await rm(file, { force: true });
}

async function respond(deps: ServerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const name = pathname.slice(1);
  const begun = performance.now();
  try {
    const answer = await methodOf(deps, request, name)(await bodyOf(request), searchParams);
    deps.log.debug({ method: name, ms: Math.round(performance.now() - begun) }, 'answered');
    send(response, 200, answer);
  } catch (thrown) {
    const error = CloudError.from(thrown);
    deps.log.warn({ method: name, reason: error.detail ?? error.message }, 'a call failed');
    send(response, STATUS[error.kind] ?? 500, (deps.fault ?? dockerFault)(error));
  }
}

const dockerFault = ({ message }: CloudError) => ({ Err: message });

function methodOf({ methods }: ServerDeps, request: IncomingMessage, name: string): Method {
  const method = request.method === 'POST' && Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) throw notFound(`There is no method '${name}'.`);
  return method;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_BODY_CHARACTERS) throw new CloudError('too-large', 'The request is too large.');
  }
  try {
    return text.trim() === '' ? {} : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw badRequest('The request is not JSON.', { cause });
  }
}

function send(response: ServerResponse, status: number, body: object | void): void {
  response.writeHead(status, { 'content-type': MEDIA_TYPE });
  response.end(body ? JSON.stringify(body) : undefined);
}
