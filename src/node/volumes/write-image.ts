import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { convertDiskImage, DiskFormat, inspectDiskImage } from '#disk-image/qemu-img.ts';
import { badRequest, unavailable } from '#kernel/errors.ts';
import type { OpenImage } from '../images.ts';
import type { ImageRef } from '../protocol.ts';
import { progress } from './percent.ts';
import { inPieces, SparseFile } from './pieces.ts';

export interface ImageTools {
  readonly open: OpenImage;
  readonly inspect: typeof inspectDiskImage;
  readonly convert: typeof convertDiskImage;
  /** For what lies here only while it is converted; emptied at the start. */
  readonly scratch: string;
}

export interface ImageTarget {
  readonly id: string;
  /** A file or device of zeros. */
  readonly path: string;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

export interface DiskImage {
  readonly image: ImageRef;
  readonly format: DiskFormat;
}

type Received = Awaited<ReturnType<OpenImage>>;

const PIECE_BYTES = 1 << 20;

/** Writes what a guest would see of a disk image. @throws CloudError `bad-request` for one that is larger, or not what it says it is */
export async function writeImage(tools: ImageTools, target: ImageTarget, source: DiskImage): Promise<void> {
  const received = await tools.open(source.image, target.signal);
  try {
    if (source.format === 'raw' || source.format === 'iso') await writeRaw(received, target, source.image);
    else await convert(tools, received, { target, ...source });
  } finally {
    received.stream.destroy();
  }
}

async function writeRaw({ size, stream }: Received, target: ImageTarget, image: ImageRef): Promise<void> {
  if (size > target.bytes) throw tooLarge(size, target.bytes);
  const tell = progress('copying the image', size, target.note);
  const hash = createHash('sha512');
  await using file = await SparseFile.open(target.path);
  let offset = 0;
  for await (const piece of inPieces(stream, PIECE_BYTES)) {
    if (offset + piece.length > target.bytes) throw tooLarge(offset + piece.length, target.bytes);
    hash.update(piece);
    await file.write(piece, offset);
    offset += piece.length;
    tell(offset);
  }
  check(hash, image);
}

interface Conversion extends DiskImage {
  readonly target: ImageTarget;
}

async function convert(tools: ImageTools, received: Received, conversion: Conversion): Promise<void> {
  const { target, format } = conversion;
  const { signal, note } = target;
  const path = join(tools.scratch, `${target.id}.${format}`);
  try {
    await mkdir(tools.scratch, { recursive: true, mode: 0o700 });
    await fetchTo(path, received, conversion);
    const { virtualSize } = await tools.inspect(path, format, { signal });
    if (virtualSize > target.bytes) throw tooLarge(virtualSize, target.bytes);
    const tell = progress('converting the image', 100, note);
    await tools.convert({ path, format }, { path: target.path, format: 'raw' }, { signal, onProgress: tell });
  } finally {
    await rm(path, { force: true });
  }
}

async function fetchTo(
  path: string,
  { size, stream }: Received,
  { target, image }: Conversion,
): Promise<void> {
  const tell = progress('pulling the image', size, target.note);
  const hash = createHash('sha512');
  let bytes = 0;
  const watched = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      tell((bytes += chunk.length));
      yield chunk;
    }
  };
  await pipeline(stream, watched, createWriteStream(path, { mode: 0o600 }), { signal: target.signal });
  check(hash, image);
}

const SHA512_HEX = /^[0-9a-f]{128}$/;

/** Images from before checksums were kept have none. */
function check(hash: Hash, { checksum }: ImageRef): void {
  if (SHA512_HEX.test(checksum) && hash.digest('hex') !== checksum)
    throw unavailable('The image was changed on its way.');
}

const tooLarge = (bytes: number, room: number) =>
  badRequest(`The image holds ${gib(bytes)} GiB, and the volume is of ${gib(room)} GiB.`);

const gib = (bytes: number): number => Math.ceil((10 * bytes) / 2 ** 30) / 10;
