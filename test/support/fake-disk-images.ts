import { Readable } from 'node:stream';
import { notFound } from '#kernel/errors.ts';
import type { ImageInfo, ImagePort, NewImage } from '#services/image/port.ts';
import { fakeImage } from './fake-ports.ts';

/** Images of disks: one that is there, and those that are made. */
export class FakeDiskImages implements ImagePort {
  readonly images: ImageInfo[] = [
    fakeImage('cirros', { containerFormat: 'bare', diskFormat: 'qcow2', virtualSize: 2 ** 30, minDisk: 1 }),
  ];

  readonly discarded: string[] = [];

  async find(_ctx: unknown, idOrName: string): Promise<ImageInfo | undefined> {
    return this.images.find(({ id, name }) => id === idOrName || name === idOrName);
  }

  async get(ctx: unknown, idOrName: string): Promise<ImageInfo> {
    const found = await this.find(ctx, idOrName);
    if (!found) throw notFound(`No image ${idOrName}.`);
    return found;
  }

  async search(): Promise<ImageInfo[]> {
    return this.images;
  }

  async open() {
    return { size: 0, stream: Readable.from([]) };
  }

  async create(_ctx: unknown, { minDisk, ...image }: NewImage): Promise<ImageInfo> {
    const known = this.images.find(({ id }) => id === image.id);
    if (known) return known;
    const made = fakeImage(image.name, { ...image, minDisk, status: 'queued', hash: null });
    this.images.push(made);
    return made;
  }

  async append(_ctx: unknown, _id: string, offset: number, bytes: Uint8Array) {
    return { offset: offset + bytes.length };
  }

  async finish(ctx: unknown, id: string): Promise<ImageInfo> {
    return this.get(ctx, id);
  }

  async remove(_ctx: unknown, id: string): Promise<void> {
    const at = this.images.findIndex((image) => image.id === id);
    if (at >= 0) this.images.splice(at, 1);
  }

  async discard(_ctx: unknown, id: string): Promise<void> {
    this.discarded.push(id);
  }
}
