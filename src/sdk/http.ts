import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { CloudError, type ErrorKind } from '#kernel/errors.ts';

export interface HttpRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** An answer whose body has yet to be read. Node's own `fetch` would cost a short-lived program 60 ms to load. */
export type HttpAnswer = IncomingMessage;

/** @throws CloudError in the API's own words when it refuses, `unavailable` when nobody answers. */
export async function send(url: string, request: HttpRequest): Promise<HttpAnswer> {
  const answer = await dial(url, request);
  const status = answer.statusCode ?? 0;
  if (status < 400) return answer;
  const text = await textOf(answer);
  const said = wordsOf(text) ?? `${request.method} ${url} was answered with ${status}: ${text.slice(0, 300)}`;
  throw new CloudError(KINDS[status] ?? (status >= 500 ? 'unavailable' : 'bad-request'), said);
}

async function dial(url: string, { method, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
  const { request } = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const options: RequestOptions = {
    method,
    headers: { accept: 'application/json', ...headers },
    ...(signal ? { signal } : {}),
  };
  const sent = request(url, options, resolve);
  sent.once('error', (cause) =>
    reject(signal?.aborted ? cause : new CloudError('unavailable', `Nobody answers at ${url}.`, { cause })),
  );
  sent.end(body);
  return promise;
}

export async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON of an answer; undefined where there is no body. */
export async function jsonOf<T>(answer: HttpAnswer): Promise<T> {
  const text = await textOf(answer);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/**
 * What an API said when it refused: Keystone's `error.message`, Neutron's and Cinder's one object with a `message`, Zun's
 * `errors[].detail`, Barbican's `description`.
 */
export function wordsOf(text: string): string | undefined {
  const body = parsed(text);
  const [inner] = Object.values(body);
  const first = (Array.isArray(inner) ? inner[0] : inner) as Record<string, unknown> | null | undefined;
  const words = [first?.['detail'], first?.['message'], body['description'], body['message']];
  return words.find((word): word is string => typeof word === 'string' && word !== '');
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // a proxy's page
  }
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  412: 'precondition-failed',
  413: 'too-large',
};

export interface ServerSent<T> {
  readonly id: string | undefined;
  /** undefined in a message that has an id alone. */
  readonly data: T | undefined;
}

/** Server-sent events (HTML Living Standard §9.2) whose data is JSON on one line, as ours is. */
export async function* serverSent<T>(body: Readable): AsyncGenerator<ServerSent<T>, void> {
  let text = '';
  body.setEncoding('utf8');
  for await (const chunk of body) {
    const messages = (text + String(chunk)).split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const [id, data] = [/^id: (.*)$/m.exec(message)?.[1], /^data: (.*)$/m.exec(message)?.[1]];
      yield { id, data: data === undefined ? undefined : (JSON.parse(data) as T) };
    }
  }
}
