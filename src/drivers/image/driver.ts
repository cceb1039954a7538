import type { Readable } from 'node:stream';

/**
 * Where the bytes of images are kept. Data is staged first and becomes visible by `commit`, so that what was only half
 * received is never taken for an image. All verbs may be repeated.
 */
export interface ImageStore {
  readonly name: string;
  /**
   * Receives the bytes while hashing them, without keeping them in memory. A second stage of one id replaces the first.
   * @throws CloudError `too-large` beyond `maxBytes`; what the source throws. Nothing stays behind then.
   */
  stage(id: string, source: Readable, options: StageOptions): Promise<StagedData>;
  /** A local file with the staged bytes, for inspection. */
  stagedPath(id: string): string;
  /** Makes the staged bytes the image's data, durably. */
  commit(id: string): Promise<void>;
  /** Forgets staged bytes. */
  discard(id: string): Promise<void>;
  /** @throws CloudError `not-found` when there is no data. */
  open(id: string, range?: ByteRange): Promise<Readable>;
  remove(id: string): Promise<void>;
  /** Ids with data or staged bytes. */
  list(): Promise<{ readonly stored: readonly string[]; readonly staged: readonly string[] }>;
}

export interface StageOptions {
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface StagedData {
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  readonly sha512: string;
}

/** Both ends inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
