import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { CloudError, unavailable } from '#kernel/errors.ts';
import { FRAME, frameRecord, FrameType } from './frames.ts';
import { GobDecoder, MAX_MESSAGE } from './gob-decoder.ts';
import { GobEncoder } from './gob-encoder.ts';
import type { GobRecord, GobStruct } from './gob-types.ts';
import { rolesOf } from './roles.ts';

/** Bytes that may wait for a peer that does not read, before it is given up. */
const MAX_UNSENT = 2 * MAX_MESSAGE;
/** How long a closing connection may take to send what is left. */
const LINGER = 2_000;
const KEEP_ALIVE = 5_000;

/** A TLS connection that carries one gob stream in each direction. */
export class Connection {
  readonly #socket: TLSSocket;
  readonly #encoder = new GobEncoder();
  readonly #records: AsyncGenerator<GobRecord, void>;
  #failure: Error | undefined;
  #closing = false;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#records = this.#read();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.on('error', () => {}); // the reader sees it too; without a listener it would end the process
  }

  /** What the peer may be, by its certificate. */
  get peerRoles(): number {
    const certificate = this.#socket.getPeerX509Certificate();
    return certificate instanceof X509Certificate ? rolesOf(certificate) : 0;
  }

  get peerAddress(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** The next record, in order; undefined when the peer has closed. @throws the reason when the connection broke. */
  async next(): Promise<GobRecord | undefined> {
    const { value } = await this.#records.next();
    return value ?? undefined;
  }

  /** @throws CloudError too-large; the connection stays as it was. */
  write(type: GobStruct, record: GobRecord): void {
    if (this.#closing || this.#socket.destroyed) return;
    const payload = record['Payload'];
    if (payload instanceof Uint8Array && payload.length > MAX_MESSAGE - 4096)
      throw new CloudError(
        'too-large',
        `A frame holds less than ${MAX_MESSAGE} bytes, not ${payload.length}.`,
      );
    this.#socket.write(this.#encoder.encode(type, record));
    if (this.#socket.writableLength > MAX_UNSENT) this.destroy(unavailable('The peer does not read.'));
  }

  /** Tells the peer why, and closes. */
  refuse(operand: number, origin: string): void {
    this.write(FRAME, frameRecord({ type: FrameType.Error, operand, origin, payload: new Uint8Array() }));
    this.close();
  }

  /** Sends what is left, then closes. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.setTimeout(LINGER, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }

  /** Closes at once. */
  destroy(failure?: Error): void {
    this.#closing = true;
    this.#failure ??= failure;
    this.#socket.destroy();
  }

  async *#read(): AsyncGenerator<GobRecord, void> {
    const decoder = new GobDecoder();
    try {
      // Not destroyed by leaving the loop: a peer that sent nonsense shall be told.
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false }))
        yield* decoder.push(chunk as Buffer);
    } catch (thrown) {
      if (thrown instanceof CloudError) throw thrown;
      if (this.#failure) throw this.#failure;
      if (!this.#closing) throw unavailable('The connection broke.', { cause: thrown });
    }
  }
}
