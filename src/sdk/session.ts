import { CloudError } from '#kernel/errors.ts';
import type { OpenStackAccess } from '../openstack/cloud-entry.ts';
import { jsonOf, type HttpAnswer } from './answer.ts';
import {
  endpointOf,
  endpointsIn,
  searchOf,
  versionsHeader,
  type Call,
  type Caller,
  type Endpoints,
  type TokenBody,
} from './caller.ts';
import { send, type HttpRequest } from './http.ts';

/** What signing in brings. Whoever has the token is the user. */
export interface Grant {
  readonly token: string;
  /** Milliseconds of the epoch. */
  readonly expiresAt: number;
  readonly endpoints: Endpoints;
}

/** Where grants outlive a program, so that the next need not sign in: a password costs the cloud 50 ms to check. */
export interface GrantStore {
  find(access: OpenStackAccess): Promise<Grant | undefined>;
  keep(access: OpenStackAccess, grant: Grant): Promise<void>;
}

/** A token is not used when it has less than this to live. */
const MARGIN_MS = 60_000;

/** Calls to a cloud's APIs, as one user. Law: a call is repeated only when its token was refused, so nothing is done twice. */
export class Session implements Caller {
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
    const url = `${endpointOf(grant.endpoints, service)}${path}${searchOf(call.query)}`;
    try {
      return await send(url, requestOf(method, call, grant));
    } catch (thrown) {
      if (!(thrown instanceof CloudError) || thrown.kind !== 'unauthenticated') throw thrown;
      return send(url, requestOf(method, call, await this.#renew())); // revoked since, or signed by keys that are gone
    }
  }

  async endpoint(service: string): Promise<string> {
    return endpointOf((await this.#current()).endpoints, service);
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

const requestOf = (method: string, { body, headers, signal }: Call, { token }: Grant): HttpRequest => ({
  method,
  headers: {
    'x-auth-token': token,
    ...versionsHeader,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  ...(signal ? { signal } : {}),
});

async function signIn(access: OpenStackAccess): Promise<Grant> {
  const url = `${access.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
  const headers = { 'content-type': 'application/json' };
  const answer = await send(url, { method: 'POST', headers, body: JSON.stringify({ auth: access.auth }) });
  const { token } = await jsonOf<TokenBody>(answer);
  return {
    token: String(answer.headers['x-subject-token'] ?? ''),
    expiresAt: Date.parse(token.expires_at),
    endpoints: endpointsIn(token, access),
  };
}
