import { buffer } from 'node:stream/consumers';
import type { Caller } from './caller.ts';

const SERVICE = 'key-manager';
const BYTES = 'application/octet-stream';

/** The part of Barbican's API that keeps files of a project. */
export class Secrets {
  readonly #session: Caller;

  constructor(session: Caller) {
    this.#session = session;
  }

  /** Ids of all that are called so. */
  async find(name: string): Promise<string[]> {
    const query = { name };
    const { secrets } = await this.#session.call<{ secrets: { secret_ref: string }[] }>(
      SERVICE,
      'GET',
      '/v1/secrets',
      { query },
    );
    return secrets.map(({ secret_ref }) => idOf(secret_ref));
  }

  async payload(id: string): Promise<Buffer> {
    const headers = { accept: BYTES };
    return buffer(await this.#session.open(SERVICE, 'GET', `/v1/secrets/${id}/payload`, { headers }));
  }

  async create(name: string, payload: Buffer): Promise<string> {
    const body = {
      name,
      payload: payload.toString('base64'),
      payload_content_type: BYTES,
      payload_content_encoding: 'base64',
    };
    const made = await this.#session.call<{ secret_ref: string }>(SERVICE, 'POST', '/v1/secrets', { body });
    return idOf(made.secret_ref);
  }

  async remove(id: string): Promise<void> {
    await this.#session.call(SERVICE, 'DELETE', `/v1/secrets/${id}`);
  }
}

const idOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);
