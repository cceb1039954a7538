import { Readable } from 'node:stream';
import { badRequest } from '#kernel/errors.ts';

/** Bytes that the peer may have sent and the reader not yet taken, for one stream. */
export const WINDOW = 256 << 10;

export interface InflowPeer {
  /** Allows the peer to send so many more bytes. */
  grant(bytes: number): void;
  /** Tells the peer to stop: the reader has gone. Called at most once, and not after the end. */
  cancel(): void;
}

/** The reading end of a stream over the session. Law: granted bytes − received bytes + waiting bytes ≤ WINDOW. */
export class Inflow {
  readonly stream: Readable;
  readonly #peer: InflowPeer;
  #waiting: Uint8Array[] = [];
  #room = WINDOW;
  #taken = 0;
  #wanted = false;
  #ended = false;

  constructor(peer: InflowPeer) {
    this.#peer = peer;
    this.stream = new Readable({
      read: () => {
        this.#wanted = true;
        this.#pump();
      },
      destroy: (error, callback) => {
        if (!this.#ended) peer.cancel();
        this.#waiting = [];
        callback(error);
      },
    });
    this.stream.on('error', () => {}); // it may fail before its reader has begun, who then sees it all the same
  }

  push(chunk: Uint8Array): void {
    this.#room -= chunk.length;
    if (this.#room < 0)
      return void this.stream.destroy(badRequest('The peer sent more than it was allowed.'));
    this.#waiting.push(chunk);
    this.#pump();
  }

  end(): void {
    this.#ended = true;
    this.#pump();
  }

  fail(error: Error): void {
    this.#ended = true;
    this.stream.destroy(error);
  }

  #pump(): void {
    while (this.#wanted && !this.stream.destroyed) {
      const chunk = this.#waiting.shift();
      if (!chunk && !this.#ended) return;
      this.#wanted = false; // before the push, since that may ask again
      if (this.stream.push(chunk ?? null)) this.#wanted = true;
      this.#take(chunk?.length ?? 0);
    }
  }

  /** Grants in halves of the window, so that credit does not cost a frame per chunk. */
  #take(bytes: number): void {
    this.#taken += bytes;
    if (this.#ended || this.#taken < WINDOW / 2) return;
    this.#room += this.#taken;
    this.#peer.grant(this.#taken);
    this.#taken = 0;
  }
}
