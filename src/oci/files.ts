import { open } from 'node:fs/promises';

const CHUNK = 256 * 1024;

/** The content of a file. Opens it when the first chunk is asked for. */
export async function* fileBytes(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(CHUNK) });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
