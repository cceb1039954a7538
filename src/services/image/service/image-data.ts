import type { Readable } from 'node:stream';
import type { Ctx } from '#kernel/context.ts';
import { badRequest, CloudError, conflict, forbidden } from '#kernel/errors.ts';
import type { ByteRange } from '#drivers/image/driver.ts';
import { assertCan, assertFormats, NO_DATA, type Image } from '../model/image.ts';
import { imageStore } from '../store/images.ts';
import type { ImageTables } from '../tables.ts';
import type { ImageDeps } from './deps.ts';
import type { ImageService } from './images.ts';
import { Intake } from './intake.ts';
import { Limits } from './limits.ts';

export interface Upload {
  readonly source: Readable;
  /** Bytes that were announced; null = unknown. */
  readonly length: number | null;
  /** The store the caller wants it in. */
  readonly store?: string | undefined;
}

/**
 * The bytes of images. An image is `saving` while they arrive and `active` once they are checked and stored; whatever goes
 * wrong takes it back to `queued` with nothing left, and after a crash the reconciler does the same.
 */
export class ImageDataService {
  readonly #deps: ImageDeps & { readonly images: ImageService };
  readonly #intake: Intake;
  readonly #limits: Limits;

  constructor(deps: ImageDeps & { readonly images: ImageService }) {
    this.#deps = deps;
    this.#intake = new Intake(deps);
    this.#limits = new Limits(deps);
  }

  /** Receives the data and makes the image active. */
  async upload(ctx: Ctx, id: string, upload: Upload): Promise<void> {
    const image = await this.#begin(ctx, id, 'upload');
    const storeId = this.#intake.stores.get(upload.store ?? this.#intake.stores.defaultId).id;
    const room = await this.#room(image, 'image_size_total', upload.length ?? 0);
    const saving = await this.#deps.images.change(image, this.#arriving('saving'));
    await this.#orElseQueued(saving, async () => {
      const received = await this.#receive(ctx, saving, upload, room);
      await this.#limits.assertArrived(image.owner);
      await this.#activate(received, storeId, ctx.signal);
    });
  }

  /** Receives the data and keeps it aside until it is imported. */
  async stage(ctx: Ctx, id: string, upload: Upload): Promise<void> {
    const image = await this.#begin(ctx, id, 'stage');
    const room = await this.#room(image, 'image_stage_total', upload.length ?? 0);
    const uploading = await this.#deps.images.change(image, this.#arriving('uploading'));
    await this.#orElseQueued(uploading, () => this.#receive(ctx, uploading, upload, room));
  }

  /** @returns the image if its bytes may be read, or null when it has none yet. */
  async readable(ctx: Ctx, id: string): Promise<Image | null> {
    const image = await this.#deps.images.get(ctx, id);
    if (image.status === 'deactivated' && !ctx.isAdmin)
      throw forbidden('The requested image has been deactivated. Image data download is forbidden.');
    return image.status === 'active' || image.status === 'deactivated' ? image : null;
  }

  open(image: Image, range?: ByteRange): Promise<Readable> {
    return this.#intake.stores.open(image, range);
  }

  /** Takes the next piece of what arrives in pieces. @returns where the piece after it begins. */
  async append(ctx: Ctx, id: string, offset: number, bytes: Uint8Array): Promise<{ offset: number }> {
    const image = await this.#deps.images.getFor(ctx, id, 'upload_image');
    if (image.status !== 'saving') await this.#beginPieces(image);
    const size = await this.#intake.staging.size(id);
    const { maxBytes } = this.#deps;
    if (offset + bytes.length > maxBytes)
      throw new CloudError('too-large', `The image data exceeds the limit of ${maxBytes} bytes.`);
    return { offset: bytes.length === 0 ? size : await this.#intake.staging.append(id, offset, bytes) };
  }

  /** All pieces are there. */
  async finish(ctx: Ctx, id: string, size: number): Promise<Image> {
    const image = await this.#deps.images.getFor(ctx, id, 'upload_image');
    if (image.status === 'active' && image.size === size) return image;
    if (image.status !== 'saving' || (await this.#intake.staging.size(id)) !== size)
      throw conflict(`Image ${id} does not have ${size} bytes of data yet.`);
    return this.#orElseQueued(image, async () => {
      const facts = await this.#intake.staging.hash(id, ctx.signal);
      return this.#activate({ ...image, ...facts }, this.#intake.stores.defaultId, ctx.signal);
    });
  }

  async discard(ctx: Ctx, id: string): Promise<void> {
    const image = await this.#deps.images.getFor(ctx, id, 'upload_image');
    if (image.status === 'saving') await this.#backToQueued(image);
  }

  /** Row and bytes of an image whose making is given up. */
  async remove(ctx: Ctx, id: string): Promise<void> {
    const image = await this.#deps.images.getFor(ctx, id, 'delete_image');
    await this.#deps.database.transaction<ImageTables, void>((tx) => imageStore.delete(tx, image.id));
    await this.#intake.removeAll(image.id);
  }

  async #begin(ctx: Ctx, id: string, action: 'upload' | 'stage'): Promise<Image> {
    const image = await this.#deps.images.getFor(ctx, id, 'upload_image');
    assertCan(image, action);
    assertFormats(image);
    return image;
  }

  async #beginPieces(image: Image): Promise<void> {
    assertCan(image, 'upload');
    assertFormats(image);
    await this.#intake.staging.discard(image.id);
    await this.#deps.images.change(image, this.#arriving('saving'));
  }

  #arriving(status: 'saving' | 'uploading'): Partial<Image> {
    return { status, receiver: this.#deps.worker };
  }

  async #room(
    { owner }: Image,
    resource: 'image_size_total' | 'image_stage_total',
    announced: number,
  ): Promise<number> {
    await this.#limits.assert(owner, { image_count_uploading: 1, [resource]: announced });
    return this.#limits.room(owner, resource, this.#deps.maxBytes);
  }

  async #receive(ctx: Ctx, image: Image, { source, length }: Upload, maxBytes: number): Promise<Image> {
    const options = { maxBytes, signal: ctx.signal };
    const facts = await this.#intake.staging.receive(image.id, source, options);
    if (length !== null && length !== facts.size)
      throw badRequest(`${length} bytes were announced and ${facts.size} came.`);
    return this.#deps.images.change(image, facts);
  }

  async #activate(image: Image, storeId: string, signal: AbortSignal): Promise<Image> {
    const virtualSize = await this.#intake.inspect(image, signal);
    await this.#intake.store(image.id, storeId, signal);
    const { size, md5, sha512 } = image;
    const facts = { size, md5, sha512, virtualSize, stores: [storeId] };
    const active = await this.#deps.images.change(image, { ...facts, status: 'active' });
    await this.#intake.staging.discard(image.id);
    return active;
  }

  async #orElseQueued<T>(image: Image, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      await this.#backToQueued(image);
      throw thrown;
    }
  }

  async #backToQueued(image: Image): Promise<void> {
    await this.#intake.removeAll(image.id);
    await this.#deps.images.change(image, NO_DATA).catch(unlessConflict);
  }
}

/** Whoever changed or deleted the image meanwhile has the say. */
const unlessConflict = (thrown: unknown): void => {
  if (!(thrown instanceof CloudError) || thrown.kind !== 'conflict') throw thrown;
};
