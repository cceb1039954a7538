import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { CloudError, messageOf, unavailable, type ErrorKind } from '#kernel/errors.ts';
import { lazily } from '#kernel/lazily.ts';

const dockerode = lazily(() => import('dockerode'));

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'bad-request',
  403: 'conflict',
  404: 'not-found',
  409: 'conflict',
};

/** What dockerode throws. */
interface EngineError extends Error {
  readonly statusCode?: number;
  readonly json?: { readonly message?: string } | null;
}

/** Docker Engine's API on a socket of this machine; its answers as errors of the house. */
export class Engine {
  readonly socket: string;
  #client: Docker | undefined;

  constructor(socket: string) {
    this.socket = socket;
  }

  /** Whether there may be a dockerd. */
  get isThere(): boolean {
    return existsSync(this.socket);
  }

  /** @throws CloudError `unavailable` when nobody answers; else by Docker's status, in Docker's words. */
  async ask<T>(call: (docker: Docker) => Promise<T>): Promise<T> {
    try {
      return await call(await this.#docker());
    } catch (thrown) {
      throw this.#answer(thrown);
    }
  }

  /** The same; undefined for what is not there. */
  find<T>(call: (docker: Docker) => Promise<T>): Promise<T | undefined> {
    return this.ask(call).catch(ignoring('not-found'));
  }

  /** A GET whose answer comes bit by bit, where dockerode would collect it. */
  stream(path: string, query: object, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.ask((docker) => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      docker.modem.dial(
        {
          path: `${path}?`,
          method: 'GET',
          options: query,
          isStream: true,
          statusCodes: { 200: true },
          ...(signal && { abortSignal: signal }),
        },
        (error: unknown, answer: unknown) => {
          if (error) reject(error);
          else resolve(answer as IncomingMessage);
        },
      );
      return promise;
    });
  }

  async #docker(): Promise<Docker> {
    if (!this.isThere) throw unavailable(`There is no dockerd at ${this.socket}.`);
    const { default: Client } = await dockerode();
    // Named here, so that nothing of it is read from the environment.
    this.#client ??= new Client({ socketPath: this.socket, host: undefined, protocol: 'http' } as object);
    return this.#client;
  }

  #answer(thrown: unknown): unknown {
    const { statusCode, name, json } = thrown as EngineError;
    if (thrown instanceof CloudError || name === 'AbortError') return thrown;
    if (statusCode === undefined)
      return unavailable(`Docker does not answer at ${this.socket}: ${messageOf(thrown)}`, { cause: thrown });
    const words = json?.message ?? messageOf(thrown).replace(/^\(HTTP code \d+\) .*? - /, '');
    return new CloudError(KINDS[statusCode] ?? 'internal', words.trim(), { cause: thrown });
  }
}

/** For `catch`: what has already come true is no failure. */
export const ignoring =
  (...kinds: readonly ErrorKind[]) =>
  (thrown: unknown): undefined => {
    if (!(thrown instanceof CloudError && kinds.includes(thrown.kind))) throw thrown;
    return undefined;
  };
