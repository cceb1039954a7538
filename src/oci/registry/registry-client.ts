import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { CloudError, messageOf, unavailable } from '#kernel/errors.ts';
import type { Login, RegistryOptions } from './settings.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 4 * 2 ** 20;

export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/**
 * Questions to a registry in its own API: Docker Registry HTTP API v2, with its tokens.
 * @see the OCI distribution specification, and Docker's registry token authentication
 */
export class RegistryClient {
  readonly #options: RegistryOptions;
  readonly #login: Login | null;

  constructor(options: RegistryOptions, login: Login | null) {
    this.#options = options;
    this.#login = login;
  }

  /**
   * @param path below the registry, `/v2/_catalog`
   * @throws CloudError `unavailable` when it cannot be reached, or says what nobody understands
   */
  async get(path: string, signal: AbortSignal): Promise<RegistryAnswer> {
    const url = this.#urlOf(path);
    const first = await this.#send(url, this.#basic(), signal);
    const challenge = String(first.headers['www-authenticate'] ?? '');
    if (first.status !== 401 || !/^bearer /i.test(challenge)) return first;
    return this.#send(url, `Bearer ${await this.#token(challenge, signal)}`, signal);
  }

  #urlOf(path: string): URL {
    const { domain, location = domain, insecure } = this.#options;
    const [host = '', ...prefix] = location.split('/');
    const below = prefix.map((part) => `/${part}`).join('');
    return new URL(`${insecure ? 'http' : 'https'}://${host}${below}${path}`);
  }

  #basic(): string | undefined {
    if (!this.#login) return undefined;
    const { username, password } = this.#login;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  async #token(challenge: string, signal: AbortSignal): Promise<string> {
    const said = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    );
    const { realm = '', service = '', scope = '' } = said as Readonly<Record<string, string>>;
    if (!URL.canParse(realm))
      throw unavailable(`The registry ${this.#options.domain} says no place for tokens.`);
    const url = new URL(realm);
    url.searchParams.set('service', service);
    if (scope !== '') url.searchParams.set('scope', scope);
    const { body } = await this.#send(url, this.#basic(), signal);
    const { token, access_token } = (body ?? {}) as { token?: string; access_token?: string };
    return token ?? access_token ?? '';
  }

  async #send(url: URL, authorization: string | undefined, signal: AbortSignal): Promise<RegistryAnswer> {
    try {
      const response = await this.#ask(url, authorization, signal);
      const said = await text(bounded(response));
      return { status: response.statusCode ?? 0, headers: response.headers, body: parsed(said) };
    } catch (cause) {
      if (cause instanceof CloudError) throw cause;
      throw unavailable(`The registry ${this.#options.domain} cannot be reached: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  async #ask(url: URL, authorization: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const { ca, insecure = false } = this.#options;
    const headers = { accept: 'application/json', ...(authorization && { authorization }) };
    const options = { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) };
    const trust = { rejectUnauthorized: !insecure, ...(ca && { ca: await readFile(ca) }) };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent =
      url.protocol === 'http:' ? httpRequest(url, options) : httpsRequest(url, { ...options, ...trust });
    sent.once('response', resolve).once('error', reject).end();
    return promise;
  }
}

async function* bounded(response: IncomingMessage): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw unavailable('The registry says more than anybody reads.');
    yield chunk;
  }
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}
