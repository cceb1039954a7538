const MARK = 0xa7;
const HEADER = 8;
export const MAX_PAYLOAD = 65_536;

/** The types of frames, by the names of `protocol.h`. */
export const FrameType = {
  Order: 0x43,
  Run: 0x52,
  Exec: 0x58,
  Ask: 0x51,
  Input: 0x49,
  Signal: 0x53,
  Resize: 0x57,
  Hangup: 0x4b,
  Hello: 0x48,
  Began: 0x42,
  Failed: 0x46,
  Output: 0x4f,
  Errors: 0x45,
  Exited: 0x5a,
  Allow: 0x41,
} as const;

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** @param payload at most MAX_PAYLOAD bytes. The shim gives the stream's number. */
export function encodeFrame(type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(payload.length, 0);
  header[6] = type;
  header[7] = MARK;
  return Buffer.concat([header, payload]);
}

/** Whatever is longer than a frame may be goes ahead in parts. */
export function* encodeOrder(last: number, records: Buffer): Generator<Buffer> {
  let at = 0;
  for (; records.length - at > MAX_PAYLOAD; at += MAX_PAYLOAD)
    yield encodeFrame(FrameType.Order, records.subarray(at, at + MAX_PAYLOAD));
  yield encodeFrame(last, records.subarray(at));
}

export const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws RangeError for what is no frame. */
  *read(chunk: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER) {
      const length = this.#rest.readUInt32LE(0);
      if (this.#rest[7] !== MARK || length > MAX_PAYLOAD) throw new RangeError('This is no frame.');
      if (this.#rest.length < HEADER + length) return;
      const frame = { type: this.#rest[6] ?? 0, payload: this.#rest.subarray(HEADER, HEADER + length) };
      this.#rest = this.#rest.subarray(HEADER + length);
      yield frame;
    }
  }
}
