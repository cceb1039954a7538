import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unavailable } from '#kernel/errors.ts';
import { decompressed, tapped, type Bytes } from './compression.ts';
import type { ArchiveLimits } from './limits.ts';

export type OpenArchive = (signal: AbortSignal) => Promise<Readable>;

/** What the bytes must have as they come; hexadecimal. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'sha512' | 'md5';
  readonly digest: string;
}

export interface Fetch {
  readonly open: OpenArchive;
  readonly checksum: Checksum | undefined;
  readonly signal: AbortSignal;
  /** Told how many bytes have been written. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Copies an archive from wherever it comes from into a file, without its outer compression.
 * @throws CloudError `unavailable` when it does not have its checksum: it has changed or suffered on the way
 */
export async function fetchArchive(fetch: Fetch, file: string, limits: ArchiveLimits): Promise<void> {
  const hash = createHash(fetch.checksum?.algorithm ?? 'sha256');
  const source = await fetch.open(fetch.signal);
  source.on('error', () => {}); // it may come while nobody reads; the next read throws it
  const stored = tapped(addAbortSignal(fetch.signal, source) as Bytes, (chunk) => hash.update(chunk));
  let bytes = 0;
  const plain = tapped(decompressed(stored, limits, 'the archive'), (chunk) => {
    bytes += chunk.length;
    fetch.onBytes(bytes);
  });
  await pipeline(plain, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  if (fetch.checksum && hash.digest('hex') !== fetch.checksum.digest)
    throw unavailable(
      `The image archive did not arrive whole: its ${fetch.checksum.algorithm} is another one.`,
    );
}
