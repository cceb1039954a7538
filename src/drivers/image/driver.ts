import type { Readable } from 'node:stream';

/**
 * Where the bytes of images are kept. They come whole, from a local file that was received, hashed and inspected before. All
 * verbs may be repeated.
 */
export interface ImageStore {
  /** The technology: `file`, `s3`. */
  readonly kind: string;
  /**
   * Keeps the bytes of the file as the image's data, durably and all or nothing. The file stays as it is and is not written to
   * any more. @throws CloudError `too-large` when the store is full; what it threw when the signal aborts
   */
  put(id: string, path: string, signal?: AbortSignal): Promise<void>;
  /** @throws CloudError `not-found` when there is no data, `unavailable` when the store cannot be reached. */
  open(id: string, range?: ByteRange): Promise<Readable>;
  remove(id: string): Promise<void>;
  /** Ids with data. */
  list(): Promise<readonly string[]>;
}

/** Both ends inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
