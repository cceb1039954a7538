import { access } from 'node:fs/promises';
import { runInThread } from '#kernel/threads/run-in-thread.ts';
import { readArchive } from './archive.ts';
import { Budget } from './budget.ts';
import type { ImageConfig } from './image-config.ts';
import { openLayer } from './layer-reader.ts';
import { DEFAULT_LIMITS, type ArchiveLimits } from './limits.ts';

/** What an archive holds, all of it checked. */
export interface ImageSummary {
  /** `sha256:…` of its configuration document. */
  readonly id: string;
  readonly tags: readonly string[];
  readonly config: ImageConfig;
  /** In Go's names, such as `amd64`; '' when the image does not say. */
  readonly architecture: string;
  /** Lowest first. */
  readonly layers: readonly { readonly diffId: string }[];
  /** Files, directories, links and whiteouts of all layers. */
  readonly entries: number;
  /** Of all layers as tar files. */
  readonly unpackedBytes: number;
}

/**
 * Checks an image archive from its first byte to its last without writing anything: digests, names, links, types,
 * sizes. Needs no privileges and no more memory than the names of its files take.
 * @throws CloudError `bad-request` that names the offending part
 */
export async function verifyArchive(
  file: string,
  limits: ArchiveLimits = DEFAULT_LIMITS,
  signal?: AbortSignal,
): Promise<ImageSummary> {
  const archive = await readArchive(file, limits, signal);
  const budget = new Budget(limits);
  for await (const content of archive.contents()) await drain(openLayer(content, budget).entries);
  return {
    id: archive.id,
    tags: archive.tags,
    config: archive.config,
    architecture: archive.architecture,
    layers: archive.layers.map(({ diffId }) => ({ diffId })),
    entries: budget.entries,
    unpackedBytes: budget.bytes,
  };
}

async function drain(entries: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of entries);
}

/** What the thread of `verifyBeside` is given. */
export interface VerifyOrder {
  readonly file: string;
  readonly limits: ArchiveLimits;
}

const THREAD = new URL('verify-thread.ts', import.meta.url);

/**
 * `verifyArchive` in a thread of its own, so that the event loop stays free for others. Where this process may not read its
 * own program any more no thread can begin, and it is done here.
 */
export async function verifyBeside(
  file: string,
  { limits = DEFAULT_LIMITS, signal }: { limits?: ArchiveLimits; signal?: AbortSignal | undefined } = {},
): Promise<ImageSummary> {
  const isReadable = await access(THREAD).then(
    () => true,
    () => false,
  );
  if (!isReadable) return verifyArchive(file, limits, signal);
  return runInThread(THREAD, { file, limits } satisfies VerifyOrder, signal);
}
