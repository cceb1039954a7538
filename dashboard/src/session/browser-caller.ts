import { jsonOf, refusal, type HttpAnswer } from '../../../src/sdk/answer.ts';
import {
  endpointOf,
  searchOf,
  versionsHeader,
  type Call,
  type Caller,
  type Endpoints,
} from '../../../src/sdk/caller.ts';
import { CloudError } from '../../../src/kernel/errors.ts';
import { ApiError } from './api-error.ts';
import { sendFile, type Upload } from './upload.ts';

/** The same path at the place that this page came from: another name of the same cloud would be another origin. */
export function here(url: string): string {
  const { pathname } = new URL(url, location.origin);
  return pathname;
}

/** @throws ApiError in the API's own words, `unavailable` when nobody answers */
export async function fetchHere(path: string, request: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...request, credentials: 'same-origin' }).catch((cause: unknown) => {
    if (request.signal?.aborted) throw cause;
    throw new CloudError('unavailable', 'The cloud does not answer.', { cause });
  });
  if (response.ok) return response;
  const error = refusal(response.status, await response.text(), `${request.method ?? 'GET'} ${path}`);
  throw new ApiError(error, response.headers.get('x-openstack-request-id'));
}

/** Who calls, with what. */
interface Bearer {
  readonly token: string;
  readonly endpoints: Endpoints;
  readonly user: { readonly id: string };
}

/** The APIs as whoever has the token. @param onRefused is told when the token is no longer good */
export class BrowserCaller implements Caller {
  readonly token: string;
  readonly userId: string;
  readonly #endpoints: Endpoints;
  readonly #onRefused: () => void;

  constructor({ token, endpoints, user }: Bearer, onRefused: () => void) {
    this.token = token;
    this.userId = user.id;
    this.#endpoints = endpoints;
    this.#onRefused = onRefused;
  }

  has(service: string): boolean {
    return this.#endpoints[service] !== undefined;
  }

  async call<T>(service: string, method: string, path: string, call: Call = {}): Promise<T> {
    return jsonOf<T>(await this.open(service, method, path, call));
  }

  async open(service: string, method: string, path: string, call: Call = {}): Promise<HttpAnswer> {
    const { body, query, headers, signal } = call;
    const url = this.#urlOf(service, path) + searchOf(query);
    try {
      return answerOf(
        await fetchHere(url, {
          method,
          headers: {
            accept: 'application/json',
            'x-auth-token': this.token,
            ...versionsHeader,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          ...(signal && { signal }),
        }),
      );
    } catch (thrown) {
      if (thrown instanceof CloudError && thrown.kind === 'unauthenticated') this.#onRefused();
      throw thrown;
    }
  }

  /** Sends a file as it is, a piece at a time. @throws ApiError; the signal's reason when it aborts */
  upload(service: string, path: string, { file, told, signal }: Upload): Promise<void> {
    const headers = { 'x-auth-token': this.token, 'content-type': 'application/octet-stream' };
    return sendFile(this.#urlOf(service, path), { file, headers, told, signal });
  }

  #urlOf(service: string, path: string): string {
    return here(endpointOf(this.#endpoints, service)) + path;
  }
}

/** Not every browser can walk through a stream by itself. */
const answerOf = ({ headers, body }: Response): HttpAnswer => ({
  headers: Object.fromEntries(headers),
  async *[Symbol.asyncIterator]() {
    const reader = body?.getReader();
    try {
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read())
        yield piece.value;
    } finally {
      await reader?.cancel().catch(() => undefined);
    }
  },
});
