import type { Readable } from 'node:stream';
import type { FrameTrace } from './frames.ts';

/**
 * One end of a connected SSNTP session. Ciao's own frames pass through `send` and `onFrame`; what Ciao lacks (requests
 * with answers, byte streams) goes through the calls below, in operands that Ciao leaves free, once both ends have
 * agreed on the extension.
 */
export interface Session {
  readonly peer: { readonly uuid: string; readonly roles: number };
  /** Sends now; nothing tells whether it arrives. After the end of the session it does nothing. @throws CloudError too-large */
  send(frame: OutgoingFrame): void;
  onFrame(handler: (frame: IncomingFrame) => void): void;
  /** Resolves when the peer has agreed to the extension; rejects when the session ends first, or the peer is plain Ciao. */
  extended(): Promise<void>;
  /** Asks and waits for the one answer. @throws CloudError the peer's own error, or `unavailable` when the session ends or the time is over. */
  request<T>(method: string, body: unknown, options?: CallOptions): Promise<T>;
  /** Asks for a stream of bytes, with flow control. Destroying it tells the peer to stop. The time limit is for the head. */
  open<T>(method: string, body: unknown, options?: CallOptions): Promise<OpenedStream<T>>;
  /** Answers `request(method)` of the peer. One handler per method. */
  handle(method: string, handler: RequestHandler): void;
  /** Answers `open(method)` of the peer. */
  handleStream(method: string, handler: StreamHandler): void;
  /** Resolves with the reason when the session is over: nothing when this end closed it. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  close(reason?: string): void;
}

export interface OpenedStream<T> {
  readonly head: T;
  readonly stream: Readable;
}

export interface CallOptions {
  /** Milliseconds; default 30 s. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export type RequestHandler = (body: unknown, signal: AbortSignal) => Promise<unknown>;
export type StreamHandler = (
  body: unknown,
  signal: AbortSignal,
) => Promise<{ head: unknown; stream: AsyncIterable<Uint8Array> }>;

export interface OutgoingFrame {
  readonly type: number;
  readonly operand: number;
  readonly payload?: Uint8Array;
  /** UUID of the end that made the frame, for one that is forwarded; default this end. */
  readonly origin?: string;
  readonly trace?: FrameTrace;
}

export interface IncomingFrame {
  readonly type: number;
  readonly operand: number;
  /** UUID of the end that made the frame. */
  readonly origin: string;
  readonly payload: Uint8Array;
  readonly trace?: FrameTrace;
}
