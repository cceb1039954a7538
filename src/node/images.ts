import type { Readable } from 'node:stream';
import type { EnsureOptions, ImageProgress, LayerStore } from '#oci/layer-store.ts';
import type { LocalImage } from './containers.ts';
import type { ImageRef, RegistryImage } from './protocol.ts';
import type { RegistryImages } from './registry-images.ts';
import { imageKey } from './workload-facts.ts';

/** A registry's image whose reference has been resolved, for a container of this node. */
export interface PinnedImage {
  readonly reference: string;
  readonly digest: string;
  readonly container: string;
}

/** An image of which there is but one state. */
export type ExactImage = ImageRef | PinnedImage;

/** The images of this machine. */
export interface NodeImages {
  /**
   * Which image a reference means for a container now.
   * @returns its digest
   * @throws CloudError `bad-request` for one that is not to be had by its pull policy; what registries and control throw
   */
  resolve(image: RegistryImage, container: string, signal: AbortSignal): Promise<string>;
  /** @param note is told how far it is, in words for the user. @throws CloudError `bad-request` for an image that is none. */
  ensure(image: ExactImage, note: (text: string) => void, signal: AbortSignal): Promise<LocalImage>;
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

export interface FetchedImagesDeps {
  readonly layers: LayerStore;
  readonly open: OpenImage;
  readonly registries: RegistryImages;
}

/** Images in a layer store, fetched from control or from a registry when they are missing. */
export class FetchedImages implements NodeImages {
  readonly #deps: FetchedImagesDeps;

  constructor(deps: FetchedImagesDeps) {
    this.#deps = deps;
  }

  resolve(image: RegistryImage, container: string, signal: AbortSignal): Promise<string> {
    return this.#deps.registries.resolve(image, container, signal);
  }

  ensure(image: ExactImage, note: (text: string) => void, signal: AbortSignal): Promise<LocalImage> {
    const { layers, registries } = this.#deps;
    if ('id' in image) return this.#ensureStored(image, note, signal);
    const onProgress = (progress: ImageProgress) => note(progressText(progress, 0));
    return layers.ensureFrom(imageKey(image), registries.source(image), { signal, onProgress });
  }

  keys(): readonly string[] {
    return this.#deps.layers.list().map(({ key }) => key);
  }

  remove(key: string): Promise<void> {
    return this.#deps.layers.removeImage(key);
  }

  #ensureStored(image: ImageRef, note: (text: string) => void, signal: AbortSignal): Promise<LocalImage> {
    let size = 0;
    const open = async (aborted: AbortSignal): Promise<Readable> => {
      const opened = await this.#deps.open(image, aborted);
      size = opened.size;
      return opened.stream;
    };
    const options: EnsureOptions = {
      signal,
      onProgress: (progress) => note(progressText(progress, size)),
      ...(SHA512_HEX.test(image.checksum) && {
        checksum: { algorithm: 'sha512', digest: image.checksum },
      }),
    };
    return this.#deps.layers.ensureImage(imageKey(image), open, options);
  }
}

/**
 * A compressed image is larger on the disk than on the way: more than all of it is never told.
 * @param size bytes of all of it, where the progress does not tell; 0 = unknown
 */
export function progressText(progress: ImageProgress, size: number): string {
  if (progress.phase === 'unpack') return `unpacking image: layer ${progress.layer} of ${progress.layers}`;
  const { bytes, total = size } = progress;
  if (total === 0) return 'pulling image';
  return `pulling image: ${Math.min(100, Math.floor((100 * bytes) / total))} %`;
}
