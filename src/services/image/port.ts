import type { Readable } from 'node:stream';
import type { Ctx } from '#kernel/context.ts';

/** What other services may ask of images. */
export interface ImagePort {
  /**
   * By id or by name among what the caller may see.
   * @throws CloudError `not-found`; `conflict` when several have the name.
   */
  get(ctx: Ctx, idOrName: string): Promise<ImageInfo>;
  find(ctx: Ctx, idOrName: string): Promise<ImageInfo | undefined>;
  search(ctx: Ctx, name: string, exact: boolean): Promise<ImageInfo[]>;
  /** The stored bytes. @throws CloudError `conflict` when there are none yet. */
  open(ctx: Ctx, id: string): Promise<{ size: number; stream: Readable }>;
}

export interface ImageInfo {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly containerFormat: string | null;
  readonly diskFormat: string | null;
  /** Bytes; null until there is data. */
  readonly size: number | null;
  /** SHA-512 of the stored bytes, hex; null until there is data. */
  readonly hash: string | null;
  readonly tags: readonly string[];
  readonly minDisk: number;
  readonly minRam: number;
}
