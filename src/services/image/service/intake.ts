import { isDiskFormat } from '#disk-image/formats.ts';
import { convertDiskImage, inspectDiskImage } from '#disk-image/qemu-img.ts';
import type { Image } from '../model/image.ts';
import type { ImageDeps } from './deps.ts';
import type { Staging } from './staging.ts';
import { Stores } from './stores.ts';

/** What is known of an image's data. */
export type DataFacts = Pick<Image, 'size' | 'virtualSize' | 'md5' | 'sha512' | 'diskFormat'>;

/** From bytes in staging to the data of an image: looked into, converted where that is wanted, and stored. */
export class Intake {
  readonly stores: Stores;
  readonly staging: Staging;
  readonly #deps: Pick<ImageDeps, 'inspectContainerArchive' | 'conversion'>;

  constructor(deps: ImageDeps) {
    this.stores = new Stores(deps.stores);
    this.staging = deps.staging;
    this.#deps = deps;
  }

  /**
   * Disks are looked into when nothing is around them (`bare`), container archives always.
   * @returns the bytes that a guest sees; null when nobody knows @throws CloudError `bad-request` for what it should not be
   */
  async inspect(image: Image, signal: AbortSignal): Promise<number | null> {
    const { diskFormat, containerFormat } = image;
    const path = this.staging.path(image.id);
    if (containerFormat === 'docker') await this.#deps.inspectContainerArchive(path, signal);
    if (containerFormat !== 'bare' || !isDiskFormat(diskFormat)) return null;
    return (await inspectDiskImage(path, diskFormat, { signal })).virtualSize;
  }

  /** Turns an imported disk into the format that is wanted here. @returns null when there is nothing to do. */
  async convert(image: Image, signal: AbortSignal): Promise<DataFacts | null> {
    const { conversion } = this.#deps;
    const { diskFormat, containerFormat, id } = image;
    if (conversion === 'none' || containerFormat !== 'bare' || !isDiskFormat(diskFormat)) return null;
    if (diskFormat === conversion || diskFormat === 'iso') return null;
    const source = { path: this.staging.path(id), format: diskFormat };
    await this.staging.replace(id, (path) =>
      convertDiskImage(source, { path, format: conversion }, { signal }),
    );
    const facts = { ...(await this.staging.hash(id, signal)), diskFormat: conversion };
    return { ...facts, virtualSize: await this.inspect({ ...image, ...facts }, signal) };
  }

  async store(imageId: string, storeId: string, signal?: AbortSignal): Promise<void> {
    await this.stores.get(storeId).store.put(imageId, this.staging.path(imageId), signal);
  }

  /** Nothing of the image's data anywhere. */
  async removeAll(imageId: string): Promise<void> {
    await this.stores.remove(imageId);
    await this.staging.discard(imageId);
  }
}
