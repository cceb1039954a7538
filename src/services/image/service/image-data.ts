import type { Readable } from 'node:stream';
import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest, forbidden } from '#kernel/errors.ts';
import type { ByteRange } from '#drivers/image/driver.ts';
import { assertCan, assertFormats, type Image, type ImageStatus } from '../model/image.ts';
import { imageStore } from '../store/images.ts';
import type { ImageTables } from '../tables.ts';
import type { ImageService, ImageServiceDeps } from './images.ts';

export interface ImageDataDeps extends ImageServiceDeps {
  readonly images: ImageService;
  readonly maxBytes: number;
  /** Refuses an archive that is no good container image, with a `bad-request` that says why. */
  readonly inspectContainerArchive: (path: string) => Promise<void>;
}

export interface Upload {
  readonly source: Readable;
  /** Bytes that were announced; null = unknown. */
  readonly length: number | null;
}

/** The state an image has while its bytes arrive, and what happens when they are there. */
interface AfterReceipt {
  readonly during: ImageStatus;
  readonly act: (image: Image) => Promise<void>;
}

/**
 * The bytes of images. An image is `saving` while they arrive and `active` once they are checked and committed; whatever
 * goes wrong takes it back to `queued` with nothing left, and after a crash the reconciler does the same.
 */
export class ImageDataService {
  readonly #deps: ImageDataDeps;

  constructor(deps: ImageDataDeps) {
    this.#deps = deps;
  }

  /** Receives the data and makes the image active. */
  async upload(ctx: Ctx, id: string, upload: Upload): Promise<void> {
    const image = await this.#begin(ctx, id, 'upload');
    await this.#receive(ctx, image, upload, { during: 'saving', act: (saving) => this.#activate(saving) });
  }

  /** Receives the data and keeps it aside until `importStaged`. */
  async stage(ctx: Ctx, id: string, upload: Upload): Promise<void> {
    const image = await this.#begin(ctx, id, 'stage');
    await this.#receive(ctx, image, upload, { during: 'uploading', act: async () => {} });
  }

  async importStaged(ctx: Ctx, id: string): Promise<void> {
    const image = await this.#begin(ctx, id, 'import');
    const importing = await this.#deps.images.save(this.#in(image, 'importing'), image);
    await this.#orElseQueued(importing, () => this.#activate(importing));
  }

  /** @returns the bytes, or null when the image has none yet. */
  async open(ctx: Ctx, id: string, range?: ByteRange): Promise<{ image: Image; stream: Readable } | null> {
    const image = await this.#deps.images
      .getFor(ctx, id, 'get_image')
      .catch(() => this.#deps.images.get(ctx, id));
    if (image.status === 'deactivated' && !ctx.isAdmin)
      throw forbidden('The requested image has been deactivated. Image data download is forbidden.');
    if (image.status !== 'active' && image.status !== 'deactivated') return null;
    return { image, stream: await this.#deps.store.open(id, range) };
  }

  async #begin(ctx: Ctx, id: string, action: 'upload' | 'stage' | 'import'): Promise<Image> {
    const image = await this.#deps.images.getFor(ctx, id, 'upload_image');
    assertCan(image, action);
    assertFormats(image);
    return image;
  }

  /** State first, then the bytes, then what follows. */
  async #receive(ctx: Ctx, image: Image, { source, length }: Upload, then: AfterReceipt): Promise<void> {
    const receiving = await this.#deps.images.save(this.#in(image, then.during), image);
    await this.#orElseQueued(receiving, async () => {
      const options = { maxBytes: this.#deps.maxBytes, signal: ctx.signal };
      const { size, md5, sha512 } = await this.#deps.store.stage(image.id, source, options);
      if (length !== null && length !== size)
        throw badRequest(`${length} bytes were announced and ${size} came.`);
      const received = { ...receiving, size, md5, sha512 };
      await this.#deps.images.save(received, receiving);
      await then.act(received);
    });
  }

  async #activate(image: Image): Promise<void> {
    const { store, images, inspectContainerArchive } = this.#deps;
    if (image.containerFormat === 'docker') await inspectContainerArchive(store.stagedPath(image.id));
    await store.commit(image.id);
    await images.save(this.#in(image, 'active'), image);
  }

  async #orElseQueued(image: Image, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      await this.#deps.store.remove(image.id);
      const db: Db<ImageTables> = this.#deps.database.handle();
      await imageStore.update(
        db,
        { ...this.#in(image, 'queued'), size: null, md5: null, sha512: null },
        image.status,
      );
      throw thrown;
    }
  }

  #in(image: Image, status: ImageStatus): Image {
    return { ...image, status, updatedAt: isoTime(this.#deps.clock.now()) };
  }
}
