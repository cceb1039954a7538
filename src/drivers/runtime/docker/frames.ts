const HEADER = 8;
const STDERR = 2;

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** Takes Docker's multiplexed stream apart: eight bytes of header (the stream, three zeros, the length), then that many bytes. */
export async function* frames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER) {
      const end = HEADER + rest.readUInt32BE(4);
      if (rest.length < end) break;
      yield { stream: rest[0] === STDERR ? 'stderr' : 'stdout', bytes: rest.subarray(HEADER, end) };
      rest = rest.subarray(end);
    }
  }
}

/** The bytes of both streams, in order of arrival. */
export async function* bytesOf(source: AsyncIterable<Uint8Array>, tty: boolean): AsyncGenerator<Uint8Array> {
  if (tty) return yield* source;
  for await (const { bytes } of frames(source)) yield bytes;
}
