/** Seconds from year 1, where Go's time.Time begins, to 1970. */
const GO_EPOCH = 62_135_596_800n;
const NANOS = 1_000_000_000n;
const UTC = -1;

/** The binary form of Go's time.Time in UTC, from nanoseconds since 1970. */
export function encodeGoTime(nanoseconds: bigint): Uint8Array {
  const bytes = Buffer.alloc(15);
  const fraction = ((nanoseconds % NANOS) + NANOS) % NANOS;
  bytes[0] = 1;
  bytes.writeBigInt64BE((nanoseconds - fraction) / NANOS + GO_EPOCH, 1);
  bytes.writeUInt32BE(Number(fraction), 9);
  bytes.writeInt16BE(UTC, 13);
  return bytes;
}

/** Nanoseconds since 1970. The zone only says how to print it, so it is not kept. Undefined for what is no time. */
export function decodeGoTime(bytes: Uint8Array): bigint | undefined {
  if (bytes.length < 15) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return (buffer.readBigInt64BE(1) - GO_EPOCH) * NANOS + BigInt(buffer.readUInt32BE(9));
}
