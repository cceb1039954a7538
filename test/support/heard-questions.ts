import { unavailable } from '#kernel/errors.ts';
import type { ControlMethods } from '#node/protocol.ts';
import type { Answer, NodeQuestions, Question, StreamAnswer } from '#services/placement/port.ts';

/** What a service answers to nodes, asked by a test in a node's name. */
export class HeardQuestions implements NodeQuestions {
  readonly #answers = new Map<Question, unknown>();

  answer<M extends Question>(method: M, handler: Answer<M>): void {
    this.#answers.set(method, handler);
  }

  answerStream<M extends Question>(method: M, handler: StreamAnswer<M>): void {
    this.#answers.set(method, handler);
  }

  async askStream<M extends Question>(
    host: string,
    method: M,
    body: ControlMethods[M]['body'],
  ): Promise<AsyncIterable<Uint8Array>> {
    const answer = this.#answers.get(method) as StreamAnswer<M> | undefined;
    if (!answer) throw unavailable(`Nobody answers ${method}.`);
    const open = () => Promise.reject(unavailable(`Node ${host} sends nothing.`));
    return (await answer({ host, open }, body, new AbortController().signal)).stream;
  }

  /** All that comes. */
  async open<M extends Question>(
    host: string,
    method: M,
    body: ControlMethods[M]['body'],
  ): Promise<Uint8Array[]> {
    return Array.fromAsync(await this.askStream(host, method, body));
  }

  async ask<M extends Question>(
    host: string,
    method: M,
    body: ControlMethods[M]['body'],
  ): Promise<ControlMethods[M]['answer']> {
    const answer = this.#answers.get(method) as Answer<M> | undefined;
    if (!answer) throw unavailable(`Nobody answers ${method}.`);
    const open = () => Promise.reject(unavailable(`Node ${host} sends nothing.`));
    return answer({ host, open }, body, new AbortController().signal);
  }
}
