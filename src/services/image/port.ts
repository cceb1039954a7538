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
  /**
   * Makes the record of an image of the caller's project, without data. Repeating it with the same `id` gives the same image.
   * @throws CloudError `conflict` when another project has the id; `quota` beyond the project's limits
   */
  create(ctx: Ctx, image: NewImage): Promise<ImageInfo>;
  /**
   * Takes the next piece of the data of an image that is `queued` or `saving`. Pieces come in order; `offset` is where this one
   * begins. A piece that came before is passed over, and so is one that would leave a gap: the caller goes on from the offset it
   * is told, which is 0 when control has restarted meanwhile. It may ask for it with no bytes.
   * @returns where the next piece begins @throws CloudError `conflict` in another state, `too-large`
   */
  append(ctx: Ctx, id: string, offset: number, bytes: Uint8Array): Promise<{ readonly offset: number }>;
  /**
   * All `size` bytes are there: hashes, inspects and commits them, and the image is active. May be repeated.
   * @throws CloudError `conflict` when it is another number of bytes; `bad-request` when they are not what the image says
   */
  finish(ctx: Ctx, id: string, size: number): Promise<ImageInfo>;
  /** Forgets the pieces that came, and the image goes back to `queued`. No complaint when there are none. */
  discard(ctx: Ctx, id: string): Promise<void>;
  /** With all its data, protected or not. No complaint when it is gone. */
  remove(ctx: Ctx, id: string): Promise<void>;
}

/** The half that changes nothing. */
export type ImageReader = Pick<ImagePort, 'get' | 'find' | 'search' | 'open'>;

export interface NewImage {
  /** UUID, chosen by the caller. */
  readonly id: string;
  readonly name: string;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly visibility: ImageVisibility;
  readonly properties: Readonly<Record<string, string>>;
  /** GiB. */
  readonly minDisk: number;
  readonly protected: boolean;
}

export type ImageVisibility = 'public' | 'private' | 'shared' | 'community';

export interface ImageInfo {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly containerFormat: string | null;
  readonly diskFormat: string | null;
  /** Bytes; null until there is data. */
  readonly size: number | null;
  /** Bytes that a guest sees; null until it is known. */
  readonly virtualSize: number | null;
  /** SHA-512 of the stored bytes, hex; null until there is data. */
  readonly hash: string | null;
  readonly visibility: ImageVisibility;
  /** Project id. */
  readonly owner: string;
  readonly protected: boolean;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** GiB. */
  readonly minDisk: number;
  /** MiB. */
  readonly minRam: number;
}
