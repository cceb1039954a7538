import type { Readable } from 'node:stream';
import { badRequest, CloudError, conflict, notFound } from '#kernel/errors.ts';
import type { ByteRange } from '#drivers/image/driver.ts';
import type { Image } from '../model/image.ts';
import type { ConfiguredStore } from './deps.ts';

/** The stores by their names. */
export class Stores {
  readonly all: ImageStores;

  constructor(all: ImageStores) {
    this.all = all;
  }

  get ids(): readonly string[] {
    return this.all.map(({ id }) => id);
  }

  get defaultId(): string {
    return this.all[0].id;
  }

  /** Users are told of stores only where there is a choice. */
  get several(): boolean {
    return this.all.length > 1;
  }

  /** @throws CloudError `bad-request` for a name that no store has */
  get(id: string): ConfiguredStore {
    const found = this.all.find((store) => store.id === id);
    if (!found) throw badRequest(`There is no store '${id}'. The stores are ${this.ids.join(', ')}.`);
    return found;
  }

  async remove(imageId: string): Promise<void> {
    for (const { store } of this.all) await store.remove(imageId);
  }

  /** From the first store that gives it. */
  async open(image: Image, range?: ByteRange): Promise<Readable> {
    let failure: unknown = notFound(`No data found for image ${image.id}.`);
    for (const id of image.stores) {
      try {
        return await this.get(id).store.open(image.id, range);
      } catch (thrown) {
        failure = thrown;
      }
    }
    throw failure;
  }

  /** @throws CloudError `conflict` for the last place that has the data, `not-found` for one that has not. */
  assertRemovable(image: Image, id: string): void {
    if (!this.ids.includes(id)) throw notFound(`There is no store '${id}'.`);
    if (!image.stores.includes(id)) throw notFound(`Image ${image.id} has no data in the store '${id}'.`);
    if (image.stores.length > 1) return;
    throw new CloudError('forbidden', `The store '${id}' is the only one that has the data of the image.`);
  }

  /** Which stores an import names. @throws CloudError `bad-request`, `conflict` */
  choose(asked: { readonly stores?: readonly string[]; readonly all_stores?: boolean }): readonly string[] {
    const named = asked.stores ?? [];
    if (asked.all_stores === true && named.length > 0)
      throw badRequest('Stores cannot be named when all_stores is set.');
    if (!this.several && (asked.all_stores === true || named.length > 0))
      throw conflict('Several stores are not configured here: stores cannot be named.');
    if (asked.all_stores === true) return this.ids;
    return named.length === 0 ? [this.defaultId] : [...new Set(named.map((id) => this.get(id).id))];
  }
}

type ImageStores = readonly [ConfiguredStore, ...ConfiguredStore[]];
