import type { IncomingMessage, RequestOptions } from 'node:http';
import { CloudError } from '#kernel/errors.ts';
import { refusal, textOf } from './answer.ts';

export interface HttpRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** Node's own `fetch` would cost a short-lived program 60 ms to load. @throws CloudError in the API's own words when it refuses, `unavailable` when nobody answers. */
export async function send(url: string, request: HttpRequest): Promise<IncomingMessage> {
  const answer = await dial(url, request);
  const status = answer.statusCode ?? 0;
  if (status < 400) return answer;
  throw refusal(status, await textOf(answer), `${request.method} ${url}`);
}

async function dial(url: string, { method, headers, body, signal }: HttpRequest): Promise<IncomingMessage> {
  const { request } = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
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
