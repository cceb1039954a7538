import { EventEmitter, on } from 'node:events';

/** One source, many readers; each sees what is sent from the moment it asked, until its signal aborts. */
export class Broadcast<T> {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  readonly #closed = new AbortController();

  send(value: T): void {
    this.#emitter.emit('value', value);
  }

  /** Listens from this call on, not only from the first `next()`. */
  subscribe(signal: AbortSignal): AsyncIterable<T> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    return ended.aborted ? nothing() : untilAborted(on(this.#emitter, 'value', { signal: ended }), ended);
  }

  /** Ends every subscription. */
  close(): void {
    this.#closed.abort();
  }
}

async function* untilAborted<T>(source: AsyncIterable<unknown[]>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    for await (const [value] of source) yield value as T;
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

async function* nothing(): AsyncGenerator<never> {}
