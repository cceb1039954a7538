import type { Clock } from '#kernel/clock.ts';
import { CloudError, unavailable } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { Calls } from './calls.ts';
import type { Connection } from './connection.ts';
import { FRAME, frame, frameRecord, FrameType, type Frame } from './frames.ts';
import type { Identity } from './handshake.ts';
import { peerSilent } from './heartbeat.ts';
import { ErrorOperand, Extension, EXTENSION_VERSION, frameName } from './operands.ts';
import type {
  CallOptions,
  IncomingFrame,
  OpenedStream,
  OutgoingFrame,
  RequestHandler,
  Session,
  StreamHandler,
} from './session.ts';

export interface PeerSessionDeps {
  readonly connection: Connection;
  readonly self: Identity;
  readonly peer: Identity;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EXTENSION = new Set<number>(Object.values(Extension));

/** A session after its handshake. Nothing is read before `run`, so that handlers can be set first. */
export class PeerSession implements Session {
  readonly closed: Promise<Error | undefined>;
  readonly #deps: PeerSessionDeps;
  readonly #calls: Calls;
  readonly #agreement = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<Error | undefined>();
  readonly #over = new AbortController();
  #reason: Error | undefined;
  #agreed = false;
  #onFrame: (frame: IncomingFrame) => void = () => {};

  constructor(deps: PeerSessionDeps) {
    this.#deps = deps;
    this.closed = this.#end.promise;
    this.#agreement.promise.catch(() => {}); // not everyone asks
    this.#calls = new Calls({
      clock: deps.clock,
      logger: deps.logger,
      agreed: this.#agreement.promise,
      send: (operand, payload) => this.send({ type: FrameType.Command, operand, payload }),
    });
  }

  get peer(): Identity {
    return this.#deps.peer;
  }

  send(outgoing: OutgoingFrame): void {
    const whole = { origin: this.#deps.self.uuid, payload: new Uint8Array(), ...outgoing };
    this.#deps.connection.write(FRAME, frameRecord(whole));
  }

  onFrame(handler: (frame: IncomingFrame) => void): void {
    this.#onFrame = handler;
  }

  extended(): Promise<void> {
    return this.#agreement.promise;
  }

  request<T>(method: string, body: unknown, options?: CallOptions): Promise<T> {
    return this.#calls.request<T>(method, body, options);
  }

  open<T>(method: string, body: unknown, options?: CallOptions): Promise<OpenedStream<T>> {
    return this.#calls.open<T>(method, body, options);
  }

  handle(method: string, handler: RequestHandler): void {
    this.#calls.handle(method, handler);
  }

  handleStream(method: string, handler: StreamHandler): void {
    this.#calls.handleStream(method, handler);
  }

  close(reason?: string): void {
    this.#over.abort();
    if (reason !== undefined) this.#reason ??= unavailable(reason);
    this.#deps.connection.close();
  }

  /** The client's answer to what the server offers in its configuration. */
  announce(offered: number | undefined): void {
    if (!offered) return this.#agreement.reject(unavailable('The server is plain SSNTP, without calls.'));
    const payload = Buffer.from(JSON.stringify({ extension: Math.min(offered, EXTENSION_VERSION) }));
    this.send({ type: FrameType.Command, operand: Extension.HELLO, payload });
    this.#agree();
  }

  /** Reads until the session is over. Never rejects. */
  async run(): Promise<void> {
    const reason = await this.#read().catch((thrown: unknown) => CloudError.from(thrown));
    const closedHere = this.#over.signal.aborted;
    this.#over.abort();
    this.#deps.connection.close();
    const ended = this.#reason ?? (closedHere ? undefined : reason);
    const failure = ended ?? unavailable('The session is over.');
    this.#agreement.reject(failure);
    this.#calls.close(failure);
    this.#end.resolve(ended);
  }

  async #read(): Promise<Error> {
    for (;;) {
      const record = await this.#deps.connection.next();
      if (!record) return unavailable('The peer closed the session.');
      if (!this.#over.signal.aborted) this.#accept(frame(record));
    }
  }

  #accept(incoming: Frame): void {
    const { type, operand, payload } = incoming;
    if (type > FrameType.Event) this.send({ type: FrameType.Error, operand: ErrorOperand.InvalidFrameType });
    else if (type !== FrameType.Command || !EXTENSION.has(operand)) this.#notify(incoming);
    else if (operand === Extension.HELLO) this.#agree();
    else if (operand !== Extension.PING) this.#calls.accept(operand, payload);
  }

  #notify(incoming: Frame): void {
    try {
      this.#onFrame(incoming);
    } catch (thrown) {
      const frame = frameName(incoming.type, incoming.operand);
      this.#deps.logger.warn({ err: thrown, frame, peer: this.peer.uuid }, 'SSNTP frame refused');
    }
  }

  #agree(): void {
    if (this.#agreed) return;
    this.#agreed = true;
    this.#agreement.resolve();
    const { clock, connection } = this.#deps;
    const ping = () => this.send({ type: FrameType.Command, operand: Extension.PING });
    peerSilent({ clock, ping, received: () => connection.bytesRead }, this.#over.signal).then(
      () => connection.destroy(unavailable('The peer is silent.')),
      () => {}, // the session is over
    );
  }
}
