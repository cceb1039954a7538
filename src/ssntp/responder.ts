import { addAbortSignal, Readable } from 'node:stream';
import { badRequest, CloudError, unavailable } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { errorHead, type Head, type SendMessage } from './call-message.ts';
import { Credit } from './credit.ts';
import { Extension } from './operands.ts';
import type { RequestHandler, StreamHandler } from './session.ts';

/** Calls of one peer at a time. */
const MAX_RUNNING = 1024;
/** Bytes in one CHUNK, so that other frames get their turn. */
const MAX_CHUNK = 64 << 10;

export interface ResponderDeps {
  readonly send: SendMessage;
  readonly logger: Logger;
}

interface Running {
  readonly id: number;
  readonly stop: AbortController;
  readonly credit: Credit;
}

/** Answers the peer's calls with the handlers that it was given. */
export class Responder {
  readonly #deps: ResponderDeps;
  readonly #requests = new Map<string, RequestHandler>();
  readonly #streams = new Map<string, StreamHandler>();
  readonly #running = new Map<number, Running>();

  constructor(deps: ResponderDeps) {
    this.#deps = deps;
  }

  handle(method: string, handler: RequestHandler): void {
    this.#requests.set(method, handler);
  }

  handleStream(method: string, handler: StreamHandler): void {
    this.#streams.set(method, handler);
  }

  /** A message of the peer's about one of its calls. Those about calls that have ended are late, and dropped. */
  accept(operand: number, head: Head): void {
    if (operand === Extension.CANCEL) this.#running.get(head.id)?.stop.abort();
    else if (operand === Extension.CREDIT) this.#running.get(head.id)?.credit.add(head.credit ?? 0);
    else void this.#run(operand, head);
  }

  /** The session is over: nobody waits for the answers. */
  close(): void {
    for (const { stop } of this.#running.values()) stop.abort();
  }

  async #run(operand: number, head: Head): Promise<void> {
    if (this.#running.has(head.id)) return this.#fail(head, badRequest('This call is already running.'));
    if (this.#running.size >= MAX_RUNNING) return this.#fail(head, unavailable('Too many calls at a time.'));
    const stop = new AbortController();
    const running = { id: head.id, stop, credit: new Credit(head.credit ?? 0, stop.signal) };
    this.#running.set(head.id, running);
    try {
      if (operand === Extension.OPEN) await this.#stream(head, running);
      else await this.#answer(head, running);
    } catch (thrown) {
      if (!stop.signal.aborted) this.#fail(head, thrown);
    } finally {
      this.#running.delete(head.id);
    }
  }

  async #answer(head: Head, { id, stop }: Running): Promise<void> {
    const handler = known(this.#requests, head.method);
    const body = await handler(head.body, stop.signal);
    if (!stop.signal.aborted) this.#deps.send(Extension.ANSWER, { id, body });
  }

  async #stream(head: Head, { id, stop, credit }: Running): Promise<void> {
    const handler = known(this.#streams, head.method);
    const { head: body, stream } = await handler(head.body, stop.signal);
    const source = stream instanceof Readable ? stream : Readable.from(stream, { objectMode: false });
    addAbortSignal(stop.signal, source);
    this.#deps.send(Extension.ANSWER, { id, body });
    for await (const chunk of source) await this.#sendChunk(id, chunk as Buffer, credit);
    this.#deps.send(Extension.END, { id });
  }

  async #sendChunk(id: number, chunk: Buffer, credit: Credit): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const size = await credit.take(Math.min(chunk.length - at, MAX_CHUNK));
      this.#deps.send(Extension.CHUNK, { id }, chunk.subarray(at, at + size));
      at += size;
    }
  }

  #fail({ id, method }: Head, thrown: unknown): void {
    const error = CloudError.from(thrown);
    if (error.kind === 'internal') this.#deps.logger.error({ method, err: thrown }, 'SSNTP call failed');
    this.#deps.send(Extension.FAILURE, { id, error: errorHead(error) });
  }
}

function known<T>(handlers: ReadonlyMap<string, T>, method = ''): T {
  const handler = handlers.get(method);
  if (handler) return handler;
  throw new CloudError('not-implemented', `This end does not answer "${method}".`, {
    code: 'unknown-method',
  });
}
