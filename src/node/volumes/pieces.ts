import { open, type FileHandle } from 'node:fs/promises';
import { CloudError } from '#kernel/errors.ts';

const BLOCK = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK);

export function isZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    if (ZEROS.compare(block, 0, block.length, 0, block.length) !== 0) return false;
  }
  return true;
}

/** Off the event loop. @returns hex */
export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');

/** Fills the buffer from `offset` on. @throws CloudError `internal` when the file ends before. */
export async function readFully(file: FileHandle, buffer: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < buffer.length;) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0) throw new CloudError('internal', 'A volume ended before its size.');
    done += bytesRead;
  }
}

/** Writes into a file or device that is all zeros: zeros are skipped, so that a sparse file stays one. */
export class SparseFile implements AsyncDisposable {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<SparseFile> {
    return new SparseFile(await open(path, 'r+'));
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    let from: number | null = null;
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const isHole = isZeros(bytes.subarray(at, at + BLOCK));
      if (!isHole) from ??= at;
      else if (from !== null) {
        await this.#writeFully(bytes.subarray(from, at), offset + from);
        from = null;
      }
    }
    if (from !== null) await this.#writeFully(bytes.subarray(from), offset + from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #writeFully(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }
}

/** Streams come in chunks of any size; this gathers them to `size`, the last one shorter. */
export async function* inPieces(
  stream: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Buffer<ArrayBuffer>> {
  let chunks: Uint8Array[] = [];
  let length = 0;
  for await (let chunk of stream) {
    while (length + chunk.length >= size) {
      chunks.push(chunk.subarray(0, size - length));
      chunk = chunk.subarray(size - length);
      yield Buffer.concat(chunks, size);
      chunks = [];
      length = 0;
    }
    if (chunk.length > 0) chunks.push(chunk);
    length += chunk.length;
  }
  if (length > 0) yield Buffer.concat(chunks, length);
}
