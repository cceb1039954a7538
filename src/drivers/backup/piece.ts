import { webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { CloudError } from '#kernel/errors.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Bytes of a piece, at most: what is unpacked never takes more memory. */
export const MAX_PIECE = 64 << 20;
const PLAIN = 0;
const ZSTD = 1;

/** SHA-256 in hex, off the event loop. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString(
    'hex',
  );
}

/** A piece as it is kept: a byte that tells how, then the content, compressed where that is smaller. */
export async function pack(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = await compress(bytes);
  const smaller = packed.length < bytes.length;
  return Buffer.concat(smaller ? [Uint8Array.of(ZSTD), packed] : [Uint8Array.of(PLAIN), bytes]);
}

/** @throws CloudError `internal` when it is not what was packed under this digest. */
export async function unpack(digest: string, kept: Buffer): Promise<Uint8Array> {
  const content = kept.subarray(1);
  const bytes = kept[0] === ZSTD ? await unzip(content) : content;
  if (bytes && (await digestOf(bytes)) === digest) return bytes;
  throw new CloudError('internal', `Piece ${digest} of a backup is spoilt.`);
}

const unzip = (content: Uint8Array): Promise<Uint8Array | undefined> =>
  decompress(content, { maxOutputLength: MAX_PIECE }).catch(() => undefined);
