import { CloudError } from '#kernel/errors.ts';

/** All of a stream, which must be of this length. */
export async function readExactly(stream: AsyncIterable<Uint8Array>, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  let done = 0;
  for await (const chunk of stream) {
    if (done + chunk.length > bytes) throw new CloudError('internal', 'A node sent more bytes than it said.');
    buffer.set(chunk, done);
    done += chunk.length;
  }
  if (done < bytes) throw new CloudError('internal', 'A node sent fewer bytes than it said.');
  return buffer;
}

/** A manifest of 4 TiB is not longer. */
const LONGEST_TEXT = 128 << 20;

export async function readJson<T>(stream: AsyncIterable<Uint8Array>): Promise<T> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > LONGEST_TEXT) throw new CloudError('too-large', 'A node sent a text that is too long.');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
}
