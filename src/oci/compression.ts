import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { ArchiveLimits } from './limits.ts';
import { refusal } from './refusal.ts';

export type Bytes = AsyncIterable<Uint8Array>;
type BombLimits = Pick<ArchiveLimits, 'unpackedBytes' | 'ratio' | 'ratioFreeBytes'>;

const CHUNK = 64 * 1024;
const FORMATS = [
  { magic: [0x1f, 0x8b], open: () => createGunzip({ chunkSize: CHUNK }) },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], open: () => createZstdDecompress({ chunkSize: CHUNK }) },
];
const MAGIC_BYTES = 4;

/**
 * Plain bytes of a plain, gzip or zstd source; its first bytes tell which.
 * @param what names the source in refusals
 * @throws CloudError `bad-request` for damaged data, and for a bomb before it has gone off.
 */
export async function* decompressed(
  source: Bytes,
  limits: BombLimits,
  what: string,
): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(source);
  const format = FORMATS.find(({ magic }) => magic.every((byte, at) => head[at] === byte));
  const counted = { in: 0, out: 0 };
  const input = tapped(all, (chunk) => (counted.in += chunk.length));
  const output = format ? pipeline(Readable.from(input), format.open(), () => {}) : input;
  try {
    for await (const chunk of output as Bytes) {
      counted.out += chunk.length;
      checkBomb(counted, limits, what);
      yield chunk;
    }
  } catch (thrown) {
    throw isDamage(thrown) ? refusal(`${what} is damaged (${thrown.message})`, thrown) : thrown;
  }
}

function checkBomb(counted: { in: number; out: number }, limits: BombLimits, what: string): void {
  if (counted.out > limits.unpackedBytes)
    throw refusal(`${what} is larger than ${limits.unpackedBytes} bytes when unpacked`);
  if (counted.out > limits.ratioFreeBytes && counted.out > counted.in * limits.ratio)
    throw refusal(`${what} grows more than ${limits.ratio} times when unpacked`);
}

/** zlib reports bad data by code; everything else that a stream throws is the machine's. */
const isDamage = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && 'code' in thrown && /^(Z_|ZSTD_)/.test(String(thrown.code));

/** The same bytes, shown to `see` as they pass. */
export async function* tapped(source: Bytes, see: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}

/** The first bytes of a source, and the source with them still in it. */
async function peek(source: Bytes): Promise<{ head: Uint8Array; all: Bytes }> {
  const rest = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  while (head.length < MAGIC_BYTES) {
    const next = await rest.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all() {
    yield head;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  return { head, all: all() };
}
