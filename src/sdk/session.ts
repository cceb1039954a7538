import { CloudError, notFound } from '#kernel/errors.ts';
import type { OpenStackAccess } from '../openstack/cloud-entry.ts';
import { jsonOf, send, type HttpAnswer, type HttpRequest } from './http.ts';

/** What signing in brings. Whoever has the token is the user. */
export interface Grant {
  readonly token: string;
  /** Milliseconds of the epoch. */
  readonly expiresAt: number;
  /** URLs by type of service, without a slash at the end. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Where grants outlive a program, so that the next need not sign in: a password costs the cloud 50 ms to check. */
export interface GrantStore {
  find(access: OpenStackAccess): Promise<Grant | undefined>;
  keep(access: OpenStackAccess, grant: Grant): Promise<void>;
}

export interface Call {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A token is not used when it has less than this to live. */
const MARGIN_MS = 60_000;

/** Calls to a cloud's APIs, as one user. Law: a call is repeated only when its token was refused, so nothing is done twice. */
export class Session {
  readonly #access: OpenStackAccess;
  readonly #grants: GrantStore;
  #grant: Promise<Grant> | undefined;

  constructor(access: OpenStackAccess, grants: GrantStore) {
    this.#access = access;
    this.#grants = grants;
  }

  /** @returns the parsed body; undefined where there is none. @throws CloudError in the API's own words. */
  async call<T>(service: string, method: string, path: string, call: Call = {}): Promise<T> {
    return jsonOf<T>(await this.open(service, method, path, call));
  }

  /** An answer that the caller reads as it comes. */
  async open(service: string, method: string, path: string, call: Call = {}): Promise<HttpAnswer> {
    const grant = await this.#current();
    const url = `${endpointOf(grant, service)}${path}${searchOf(call.query)}`;
    try {
      return await send(url, requestOf(method, call, grant));
    } catch (thrown) {
      if (!(thrown instanceof CloudError) || thrown.kind !== 'unauthenticated') throw thrown;
      return send(url, requestOf(method, call, await this.#renew())); // revoked since, or signed by keys that are gone
    }
  }

  async endpoint(service: string): Promise<string> {
    return endpointOf(await this.#current(), service);
  }

  #current(): Promise<Grant> {
    return (this.#grant ??= this.#stored());
  }

  async #stored(): Promise<Grant> {
    const known = await this.#grants.find(this.#access);
    return known && known.expiresAt - MARGIN_MS > Date.now() ? known : this.#signIn();
  }

  #renew(): Promise<Grant> {
    return (this.#grant = this.#signIn());
  }

  async #signIn(): Promise<Grant> {
    const grant = await signIn(this.#access);
    await this.#grants.keep(this.#access, grant);
    return grant;
  }
}

/** Services of Hydria's own, which no catalogue names, stand beside the containers'. */
const OWN: Readonly<Record<string, string>> = { events: '/events' };

function endpointOf({ endpoints }: Grant, service: string): string {
  const own = OWN[service];
  const url = own === undefined ? endpoints[service] : URL.parse(own, endpoints['container'])?.href;
  if (url === undefined) throw notFound(`The catalogue has no service of type ${service}.`);
  return url;
}

function searchOf(query: Call['query']): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** The newest of what the verbs need; a service that is not named in it answers in its oldest. */
const VERSIONS = 'container 1.40, volume 3.70';

const requestOf = (method: string, { body, headers, signal }: Call, { token }: Grant): HttpRequest => ({
  method,
  headers: {
    'x-auth-token': token,
    'openstack-api-version': VERSIONS,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  ...(signal ? { signal } : {}),
});

interface TokenBody {
  readonly token: {
    readonly expires_at: string;
    readonly catalog?: readonly { readonly type: string; readonly endpoints: readonly Endpoint[] }[];
  };
}

interface Endpoint {
  readonly interface: string;
  readonly region_id?: string | null;
  readonly url: string;
}

async function signIn(access: OpenStackAccess): Promise<Grant> {
  const url = `${access.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
  const headers = { 'content-type': 'application/json' };
  const answer = await send(url, { method: 'POST', headers, body: JSON.stringify({ auth: access.auth }) });
  const { token } = await jsonOf<TokenBody>(answer);
  return {
    token: String(answer.headers['x-subject-token'] ?? ''),
    expiresAt: Date.parse(token.expires_at),
    endpoints: Object.fromEntries(
      (token.catalog ?? []).flatMap(({ type, endpoints }) => {
        const chosen = endpoints.find((one) => fits(one, access));
        return chosen ? [[type, chosen.url.replace(/\/+$/, '')]] : [];
      }),
    ),
  };
}

const fits = ({ interface: kind, region_id }: Endpoint, access: OpenStackAccess): boolean =>
  kind === access.interface && (access.region === null || region_id === access.region);
