import type { Readable } from 'node:stream';
import type { ImageProgress, LayerStore } from '#oci/layer-store.ts';
import type { LocalImage } from './containers.ts';
import type { ImageRef } from './protocol.ts';
import { imageKey } from './workload-facts.ts';

/** The images of this machine. */
export interface NodeImages {
  /** @param note is told how far it is, in words for the user. @throws CloudError `bad-request` for an image that is none. */
  ensure(image: ImageRef, note: (text: string) => void, signal: AbortSignal): Promise<LocalImage>;
  /** Keys of what lies here whole; see `imageKey`. */
  keys(): readonly string[];
  /** Takes an image away that no workload uses. It is forgotten when this returns, and gone when it resolves. */
  remove(key: string): Promise<void>;
}

/** Opens the stored bytes of an image, wherever they are kept. */
export type OpenImage = (
  image: ImageRef,
  signal: AbortSignal,
) => Promise<{ readonly size: number; readonly stream: Readable }>;

const SHA512_HEX = /^[0-9a-f]{128}$/;

/** Images in a layer store, fetched from control when they are missing. */
export class FetchedImages implements NodeImages {
  readonly #store: LayerStore;
  readonly #open: OpenImage;

  constructor(store: LayerStore, open: OpenImage) {
    this.#store = store;
    this.#open = open;
  }

  ensure(image: ImageRef, note: (text: string) => void, signal: AbortSignal): Promise<LocalImage> {
    let size = 0;
    const open = async (aborted: AbortSignal): Promise<Readable> => {
      const opened = await this.#open(image, aborted);
      size = opened.size;
      return opened.stream;
    };
    return this.#store.ensureImage(imageKey(image), open, {
      signal,
      onProgress: (progress) => note(progressText(progress, size)),
      ...(SHA512_HEX.test(image.checksum)
        ? { checksum: { algorithm: 'sha512' as const, digest: image.checksum } }
        : {}),
    });
  }

  keys(): readonly string[] {
    return this.#store.list().map(({ key }) => key);
  }

  remove(key: string): Promise<void> {
    return this.#store.removeImage(key);
  }
}

/** A compressed image is larger on the disk than on the way: more than all of it is never told. */
export function progressText(progress: ImageProgress, size: number): string {
  if (progress.phase === 'unpack') return `unpacking image: layer ${progress.layer} of ${progress.layers}`;
  if (size === 0) return 'pulling image';
  return `pulling image: ${Math.min(100, Math.floor((100 * progress.bytes) / size))} %`;
}
