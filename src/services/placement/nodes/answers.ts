import type { Session } from '#ssntp/session.ts';
import type { Answer, AskingNode, Question, StreamAnswer } from '../port.ts';

/** What the wire carries: the method alone tells what the body is. */
type Handler = (node: AskingNode, body: never, signal: AbortSignal) => Promise<unknown>;
type StreamHandler = (...args: Parameters<Handler>) => ReturnType<StreamAnswer<Question>>;

/** What services answer to nodes, by method. A node is known by its session: what it says of itself is no proof. */
export class Answers {
  readonly #handlers = new Map<Question, Handler>();
  readonly #streams = new Map<Question, StreamHandler>();

  add<M extends Question>(method: M, handler: Answer<M>): void {
    this.#handlers.set(method, handler);
  }

  addStream<M extends Question>(method: M, handler: StreamAnswer<M>): void {
    this.#streams.set(method, handler);
  }

  /** @param hostOf throws CloudError `not-found` as long as the session is nobody's */
  serve(session: Session, hostOf: () => string): void {
    const asking = (): AskingNode => ({
      host: hostOf(),
      open: async (method, body, signal) => (await session.open(method, body, { signal })).stream,
    });
    for (const [method, handler] of this.#handlers)
      session.handle(method, async (body, signal) => handler(asking(), body as never, signal));
    for (const [method, handler] of this.#streams)
      session.handleStream(method, async (body, signal) => handler(asking(), body as never, signal));
  }
}
