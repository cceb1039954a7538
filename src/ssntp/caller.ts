import { addAbortSignal } from 'node:stream';
import type { Clock } from '#kernel/clock.ts';
import { remoteError, type Head, type SendMessage } from './call-message.ts';
import { Inflow, WINDOW } from './inflow.ts';
import { Extension } from './operands.ts';
import type { CallOptions, OpenedStream } from './session.ts';
import { within } from './within.ts';

const DEFAULT_TIMEOUT = 30_000;

export interface CallerDeps {
  readonly send: SendMessage;
  readonly clock: Clock;
  /** Resolves when the peer understands calls. */
  readonly agreed: Promise<void>;
}

interface Call {
  readonly answer: PromiseWithResolvers<unknown>;
  readonly inflow?: Inflow;
  sent: boolean;
  answered: boolean;
}

/** Asks the peer. A call is in `#calls` from when it begins until its last message, either way. */
export class Caller {
  readonly #deps: CallerDeps;
  readonly #calls = new Map<number, Call>();
  #lastId = 0;
  #over: Error | undefined;

  constructor(deps: CallerDeps) {
    this.#deps = deps;
  }

  async request<T>(method: string, body: unknown, options: CallOptions = {}): Promise<T> {
    const id = ++this.#lastId;
    const call: Call = { answer: Promise.withResolvers<unknown>(), sent: false, answered: false };
    try {
      return (await this.#ask(call, Extension.REQUEST, { id, method, body }, options)) as T;
    } finally {
      this.#cancel(id);
    }
  }

  async open<T>(method: string, body: unknown, options: CallOptions = {}): Promise<OpenedStream<T>> {
    const id = ++this.#lastId;
    const inflow = new Inflow({
      grant: (credit) => this.#deps.send(Extension.CREDIT, { id, credit }),
      cancel: () => this.#cancel(id),
    });
    const call: Call = { answer: Promise.withResolvers<unknown>(), inflow, sent: false, answered: false };
    try {
      const head = await this.#ask(call, Extension.OPEN, { id, method, body, credit: WINDOW }, options);
      if (options.signal) addAbortSignal(options.signal, inflow.stream);
      return { head: head as T, stream: inflow.stream };
    } catch (thrown) {
      inflow.stream.destroy();
      throw thrown;
    }
  }

  /** A message of the peer's about one of our calls. Those about calls that we gave up are late, and dropped. */
  accept(operand: number, head: Head, bytes: Uint8Array): void {
    const call = this.#calls.get(head.id);
    if (!call) return;
    if (operand === Extension.CHUNK) return call.inflow?.push(bytes);
    if (operand !== Extension.ANSWER || !call.inflow) this.#calls.delete(head.id);
    if (operand === Extension.ANSWER) {
      call.answered = true;
      call.answer.resolve(head.body);
    } else if (operand === Extension.END) call.inflow?.end();
    else fail(call, remoteError(head.error));
  }

  /** The session is over: so is every call. */
  close(reason: Error): void {
    this.#over = reason;
    for (const call of this.#calls.values()) fail(call, reason);
    this.#calls.clear();
  }

  #ask(call: Call, operand: number, head: Head, options: CallOptions): Promise<unknown> {
    if (this.#over) return Promise.reject(this.#over);
    this.#calls.set(head.id, call);
    const send = () => {
      if (!this.#calls.has(head.id)) return;
      this.#deps.send(operand, head);
      call.sent = true;
    };
    this.#deps.agreed.then(send).catch(call.answer.reject);
    const { timeout = DEFAULT_TIMEOUT, signal } = options;
    return within(call.answer.promise, { clock: this.#deps.clock, timeout, signal });
  }

  #cancel(id: number): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    if (call.sent) this.#deps.send(Extension.CANCEL, { id });
  }
}

function fail(call: Call, error: Error): void {
  if (call.answered) call.inflow?.fail(error);
  else call.answer.reject(error);
}
