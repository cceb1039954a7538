import { decodeMessage, encodeMessage, type SendMessage } from './call-message.ts';
import { Caller, type CallerDeps } from './caller.ts';
import { Extension } from './operands.ts';
import { Responder, type ResponderDeps } from './responder.ts';
import type { CallOptions, OpenedStream, RequestHandler, StreamHandler } from './session.ts';

export interface CallsDeps extends Omit<CallerDeps, 'send'>, Omit<ResponderDeps, 'send'> {
  /** Sends a frame of the extension. */
  send(operand: number, payload: Uint8Array): void;
}

const OURS: ReadonlySet<number> = new Set([
  Extension.ANSWER,
  Extension.FAILURE,
  Extension.CHUNK,
  Extension.END,
]);

/** Requests and streams over a session, in both directions. Whoever asks numbers the call, so the two never mix. */
export class Calls {
  readonly #caller: Caller;
  readonly #responder: Responder;

  constructor(deps: CallsDeps) {
    const send: SendMessage = (operand, head, bytes) => deps.send(operand, encodeMessage(head, bytes));
    this.#caller = new Caller({ ...deps, send });
    this.#responder = new Responder({ ...deps, send });
  }

  /** @throws CloudError bad-request when the payload is no message. */
  accept(operand: number, payload: Uint8Array): void {
    const { head, bytes } = decodeMessage(payload);
    if (OURS.has(operand)) this.#caller.accept(operand, head, bytes);
    else this.#responder.accept(operand, head);
  }

  request<T>(method: string, body: unknown, options?: CallOptions): Promise<T> {
    return this.#caller.request<T>(method, body, options);
  }

  open<T>(method: string, body: unknown, options?: CallOptions): Promise<OpenedStream<T>> {
    return this.#caller.open<T>(method, body, options);
  }

  handle(method: string, handler: RequestHandler): void {
    this.#responder.handle(method, handler);
  }

  handleStream(method: string, handler: StreamHandler): void {
    this.#responder.handleStream(method, handler);
  }

  close(reason: Error): void {
    this.#caller.close(reason);
    this.#responder.close();
  }
}
