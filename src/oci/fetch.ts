import { createWriteStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unavailable } from '#kernel/errors.ts';
import type { FileHasher, FollowedFile } from '#kernel/threads/file-hasher.ts';
import { tapped, type Bytes } from './compression.ts';
import type { ArchiveLimits } from './limits.ts';
import { refusal } from './refusal.ts';

export type OpenArchive = (signal: AbortSignal) => Promise<Readable>;

/** What the bytes must have as they come; hexadecimal. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'sha512' | 'md5';
  readonly digest: string;
}

export interface Fetch {
  readonly open: OpenArchive;
  readonly checksum: Checksum | undefined;
  readonly limits: Pick<ArchiveLimits, 'unpackedBytes'>;
  readonly hasher: FileHasher;
  readonly signal: AbortSignal;
  /** Told how many bytes have come. */
  readonly onBytes: (bytes: number) => void;
}

/** What is written but not yet handed to the system. */
const BUFFERED = 1 << 20;

/**
 * Copies an archive from wherever it comes from into a file, while another thread hashes what is there.
 * @throws CloudError `unavailable` when it does not have its checksum: it has changed or suffered on the way
 */
export async function fetchArchive(fetch: Fetch, file: string): Promise<void> {
  const { checksum, signal } = fetch;
  const source = await fetch.open(signal);
  source.on('error', () => {}); // it may come while nobody reads; the next read throws it
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600, highWaterMark: BUFFERED });
  using hashed = checksum && fetch.hasher.follow(file, [checksum.algorithm]);
  let bytes = 0;
  const counted = tapped(addAbortSignal(signal, source) as Bytes, (chunk) => {
    bytes += chunk.length;
    if (bytes > fetch.limits.unpackedBytes)
      throw refusal(`the archive is larger than ${fetch.limits.unpackedBytes} bytes`);
    hashed?.grown(target.bytesWritten);
    fetch.onBytes(bytes);
  });
  await pipeline(counted, target);
  if (checksum && hashed) await check(hashed, checksum, bytes);
}

async function check(
  hashed: FollowedFile<Checksum['algorithm']>,
  { algorithm, digest }: Checksum,
  bytes: number,
): Promise<void> {
  if ((await hashed.digests(bytes))[algorithm] !== digest)
    throw unavailable(`The image archive did not arrive whole: its ${algorithm} is another one.`);
}
