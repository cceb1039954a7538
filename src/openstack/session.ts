import { Readable } from 'node:stream';
import type { Clock } from '#kernel/clock.ts';
import { CloudError, type ErrorKind } from '#kernel/errors.ts';
import type { OpenStackAccess } from './cloud-entry.ts';

export interface SessionDeps {
  readonly access: OpenStackAccess;
  readonly clock: Clock;
}

export interface CallOptions {
  /** Sent as JSON; a stream goes as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface Long {
  /** Gigabytes go in or out: it takes as long as it takes. */
  readonly isLong?: boolean;
}

type SendOptions = CallOptions & Long;

interface Token {
  readonly value: string;
  /** Milliseconds of the epoch. */
  readonly expiresAt: number;
  readonly projectId: string;
  readonly endpoints: ReadonlyMap<string, string>;
}

const CALL_TIMEOUT_MS = 60_000;
/** A token is not used when it has less than this to live. */
const MARGIN_MS = 60_000;

/** Calls to any OpenStack, with a token that is renewed when it is old or no longer taken. */
export class OpenStackSession {
  readonly #deps: SessionDeps;
  #token: Promise<Token> | undefined;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** Id of the project that the credentials are for. */
  async projectId(): Promise<string> {
    return (await this.#current()).projectId;
  }

  /**
   * Calls a service by its type in the catalogue. @returns the parsed body; undefined where there is none.
   * @throws CloudError with the service's own words; `code` is Neutron's `type` where it says one.
   */
  async call(method: string, service: string, path: string, options: CallOptions = {}): Promise<unknown> {
    return answerOf(await this.#ask(method, service, path, options), `${method} ${path}`);
  }

  /** The same for an answer that is bytes: its body is still to be read. */
  async open(service: string, path: string, options: CallOptions = {}): Promise<Response> {
    const response = await this.#ask('GET', service, path, { ...options, isLong: true });
    if (!response.ok) await answerOf(response, `GET ${path}`);
    return response;
  }

  /** Sends bytes, which can be read once: with a token that was good a moment ago. */
  async upload(service: string, path: string, body: Readable): Promise<void> {
    await this.#current();
    await answerOf(await this.#send('PUT', service, path, { body, isLong: true }), `PUT ${path}`);
  }

  async #ask(method: string, service: string, path: string, options: SendOptions): Promise<Response> {
    const first = await this.#send(method, service, path, options);
    if (first.status !== 401) return first;
    await first.body?.cancel();
    this.#token = undefined; // revoked, or signed by keys that are gone
    return this.#send(method, service, path, options);
  }

  async #send(method: string, service: string, path: string, options: SendOptions): Promise<Response> {
    const { value, endpoints } = await this.#current();
    const endpoint = this.#deps.access.endpoints?.[service] ?? endpoints.get(service);
    if (endpoint === undefined)
      throw new CloudError('unavailable', `The catalogue has no service of type ${service}.`);
    const { isLong, headers, signal } = options;
    const { body, type } = payloadOf(options.body);
    return request(`${endpoint}${path}`, {
      method,
      ...body,
      ...(signal ? { signal } : {}),
      ...(isLong ? { isLong } : {}),
      headers: { 'x-auth-token': value, accept: 'application/json', ...type, ...headers },
    });
  }

  async #current(): Promise<Token> {
    const known = this.#token;
    const token = await known;
    if (token && token.expiresAt - MARGIN_MS > this.#deps.clock.now().getTime()) return token;
    if (this.#token && this.#token !== known) return this.#token; // others waited as well, and one has signed in
    this.#token = signIn(this.#deps.access);
    this.#token.catch(() => (this.#token = undefined)); // the next call tries again
    return this.#token;
  }
}

function payloadOf(body: unknown) {
  if (body === undefined) return {};
  if (body instanceof Readable)
    return {
      body: { body: Readable.toWeb(body) as ReadableStream, duplex: 'half' as const },
      type: { 'content-type': 'application/octet-stream' },
    };
  return { body: { body: JSON.stringify(body) }, type: { 'content-type': 'application/json' } };
}

interface TokenBody {
  readonly token: {
    readonly expires_at: string;
    readonly project?: { readonly id: string };
    readonly catalog?: readonly { readonly type: string; readonly endpoints: readonly Endpoint[] }[];
  };
}

interface Endpoint {
  readonly interface: string;
  readonly region_id?: string | null;
  readonly url: string;
}

async function signIn(access: OpenStackAccess): Promise<Token> {
  const url = `${access.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
  const response = await request(url, {
    method: 'POST',
    body: JSON.stringify({ auth: access.auth }),
    headers: { accept: 'application/json', 'content-type': 'application/json' },
  });
  const { token } = (await answerOf(response, 'signing in')) as TokenBody;
  const chosen = ({ interface: kind, region_id }: Endpoint) =>
    kind === access.interface && (access.region === null || region_id === access.region);
  return {
    value: response.headers.get('x-subject-token') ?? '',
    expiresAt: Date.parse(token.expires_at),
    projectId: token.project?.id ?? '',
    endpoints: new Map(
      (token.catalog ?? []).flatMap(({ type, endpoints }) => {
        const endpoint = endpoints.find(chosen);
        return endpoint ? [[type, endpoint.url.replace(/\/+$/, '')] as const] : [];
      }),
    ),
  };
}

async function request(url: string, { isLong, ...options }: RequestInit & Long): Promise<Response> {
  const signals = [
    ...(isLong ? [] : [AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    ...(options.signal ? [options.signal] : []),
  ];
  return fetch(url, { ...options, signal: AbortSignal.any(signals) }).catch((cause: unknown) => {
    throw new CloudError('unavailable', `Nobody answers at ${new URL(url).origin}.`, { cause });
  });
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  412: 'precondition-failed',
};

async function answerOf(response: Response, what: string): Promise<unknown> {
  const text = await response.text();
  const body = parsed(text);
  if (response.ok) return body;
  const { type, message } = faultOf(body);
  const kind = KINDS[response.status] ?? (response.status >= 500 ? 'unavailable' : 'bad-request');
  const said = message ?? `${what} was answered with ${response.status}: ${text.slice(0, 300)}`;
  throw new CloudError(kind, said, type === undefined ? {} : { code: type });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined; // a proxy's page
  }
}

/** `{"NeutronError":{"type":…,"message":…}}`, `{"error":{"message":…}}`, and the like. */
function faultOf(body: unknown): { type?: string; message?: string } {
  const [inner] = Object.values((body ?? {}) as Record<string, unknown>);
  return typeof inner === 'object' && inner !== null ? inner : {};
}
