import { CloudError, type ErrorKind } from '#kernel/errors.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly domainId: string;
}

export interface ClientOptions {
  /** `http://host:port`, without a slash at the end. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly region?: string;
  /** Value of `OpenStack-API-Version`, such as `container 1.40`; default: each service's oldest. */
  readonly apiVersion?: string;
}

/** Something that happened to a resource, `container:<uuid>` for example. */
export interface CloudEvent {
  readonly seq: number;
  readonly type: string;
  readonly resource: string;
  readonly payload: unknown;
}

/** One thing that somebody changed, or tried to. */
export interface AuditEntry {
  readonly id: string;
  readonly time: string;
  readonly request_id: string;
  readonly service: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly project_id: string | null;
  readonly target: string;
  readonly source: string;
}

interface CatalogEndpoint {
  readonly interface: string;
  readonly region_id: string;
  readonly url: string;
}

/**
 * A client of a cloud's APIs: signs in once, finds services in the catalogue, and throws CloudErrors in the API's own words.
 */
export class CloudClient {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #endpoints: ReadonlyMap<string, string>;

  private constructor(
    baseUrl: string,
    headers: Readonly<Record<string, string>>,
    endpoints: ReadonlyMap<string, string>,
  ) {
    this.#baseUrl = baseUrl;
    this.#headers = headers;
    this.#endpoints = endpoints;
  }

  /** @throws CloudError `unauthenticated` for wrong credentials, `unavailable` when nobody answers. */
  static async signIn({ baseUrl, credentials, region, apiVersion }: ClientOptions): Promise<CloudClient> {
    const domain = { id: credentials.domainId };
    const user = { name: credentials.username, password: credentials.password, domain };
    const auth = {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: credentials.projectName, domain } },
    };
    const response = await send(`${baseUrl}/identity/v3/auth/tokens`, {
      method: 'POST',
      body: JSON.stringify({ auth }),
      headers: JSON_TYPE,
    });
    const { token } = (await response.json()) as {
      token: { catalog: { type: string; endpoints: CatalogEndpoint[] }[] };
    };
    const endpoints = token.catalog.flatMap(({ type, endpoints: all }) => {
      const chosen = all.find(
        (one) => one.interface === 'public' && (region === undefined || one.region_id === region),
      );
      return chosen ? [[type, chosen.url] as const] : [];
    });
    const headers = {
      'x-auth-token': response.headers.get('x-subject-token') ?? '',
      ...(apiVersion === undefined ? {} : { 'openstack-api-version': apiVersion }),
    };
    return new CloudClient(baseUrl, headers, new Map(endpoints));
  }

  /** What it signed in with got it: whoever has it is the user. */
  get token(): string {
    return this.#headers['x-auth-token'] ?? '';
  }

  async get<T>(service: string, path: string): Promise<T> {
    return JSON.parse(await textOf(await this.#send(service, path, { method: 'GET' }))) as T;
  }

  async post<T>(service: string, path: string, body: unknown): Promise<T> {
    return (await this.#json(service, path, 'POST', body)) as T;
  }

  async put<T>(service: string, path: string, body: unknown): Promise<T> {
    return (await this.#json(service, path, 'PUT', body)) as T;
  }

  async patch<T>(service: string, path: string, body: unknown): Promise<T> {
    return (await this.#json(service, path, 'PATCH', body)) as T;
  }

  async delete(service: string, path: string): Promise<void> {
    await this.#send(service, path, { method: 'DELETE' });
  }

  /** Sends bytes, such as an image's data. */
  async upload(service: string, path: string, data: Blob): Promise<void> {
    await this.#send(service, path, {
      method: 'PUT',
      body: data,
      headers: { 'content-type': 'application/octet-stream' },
    });
  }

  /** What happens in the project from now on, until the signal aborts or the server ends the stream. */
  async *events(signal: AbortSignal): AsyncGenerator<CloudEvent, void> {
    const response = await send(`${this.#baseUrl}/events`, { headers: this.#headers, signal });
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const messages = (text + chunk).split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const data = /^data: (.*)$/m.exec(message)?.[1];
        if (data !== undefined) yield JSON.parse(data) as CloudEvent;
      }
    }
  }

  /** What was changed, newest first, a page at a time as it is read. @param query parameters of `GET /audit/v1/records` */
  async *audit(query: Readonly<Record<string, string>>): AsyncGenerator<AuditEntry, void> {
    let marker: string | null = null;
    do {
      const asked = new URLSearchParams({ ...query, ...(marker === null ? {} : { marker }) });
      const url = `${this.#baseUrl}/audit/v1/records?${asked.toString()}`;
      const page = (await (await send(url, { headers: this.#headers })).json()) as {
        records: AuditEntry[];
        next: string | null;
      };
      yield* page.records;
      marker = page.next;
    } while (marker !== null);
  }

  async #json(service: string, path: string, method: string, body: unknown): Promise<unknown> {
    const response = await this.#send(service, path, {
      method,
      body: JSON.stringify(body),
      headers: JSON_TYPE,
    });
    const text = await textOf(response);
    return text === '' ? undefined : JSON.parse(text);
  }

  #send(service: string, path: string, request: RequestInit): Promise<Response> {
    const endpoint = this.#endpoints.get(service);
    if (endpoint === undefined)
      throw new CloudError('not-found', `The catalogue has no service of type ${service}.`);
    const headers = new Headers(request.headers);
    for (const [name, value] of Object.entries(this.#headers)) headers.set(name, value);
    return send(endpoint + path, { ...request, headers });
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function send(url: string, request: RequestInit): Promise<Response> {
  const response = await fetch(url, request).catch((cause: unknown) => {
    throw new CloudError('unavailable', `Nobody answers at ${url}.`, { cause });
  });
  if (response.ok) return response;
  const text = (await textOf(response)).slice(0, 1000);
  const message = `${request.method} ${url} was answered with ${response.status}: ${text}`;
  throw new CloudError(kindOf(response.status), message);
}

/** @throws CloudError `unavailable` when the server dies amid its answer. */
const textOf = (response: Response): Promise<string> =>
  response.text().catch((cause: unknown) => {
    throw new CloudError('unavailable', `The answer of ${response.url} was cut off.`, { cause });
  });

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
};

const kindOf = (status: number): ErrorKind =>
  KINDS[status] ?? (status >= 500 ? 'unavailable' : 'bad-request');
