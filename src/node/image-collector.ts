import { Alarm } from '#kernel/alarm.ts';
import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import { isoTime, type Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { DesiredStore } from './desired-store.ts';
import type { NodeImages } from './images.ts';
import type { MachineFigures } from './machine.ts';
import type { Entry, WorldView } from './objects.ts';
import { imageKey } from './workload-facts.ts';

export interface ImageCollectorDeps {
  readonly world: WorldView;
  readonly store: Pick<DesiredStore, 'imageUses' | 'useImages' | 'forgetImage'>;
  readonly images: NodeImages;
  readonly runtimes: readonly Pick<RuntimeDriver, 'name' | 'copies'>[];
  readonly figures: () => Promise<Pick<MachineFigures, 'diskTotal' | 'diskAvailable'>>;
  readonly clock: Clock;
  readonly log: Logger;
}

const HOUR_MS = 60 * 60 * 1000;
const KEPT_MS = 24 * HOUR_MS;
const FREE_SHARE = 0.1;

/**
 * Removes images that no container of this node has, and that are not to lie here anyway: a day after the last use, or at once, the longest unused first, while
 * less than a tenth of the disk is free.
 *
 * Law: whether an image is used is looked at in the tick in which it is forgotten. A container whose image is fetched is
 * known before the fetch begins, so nothing can come to use an image on its way out.
 */
export class ImageCollector {
  readonly #deps: ImageCollectorDeps;
  readonly #alarm: Alarm;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(deps: ImageCollectorDeps) {
    this.#deps = deps;
    this.#alarm = new Alarm(deps.clock, () => void this.collect());
  }

  /** Now, and from then on every hour. Never rejects. Not to be called before all that should be here is known. */
  async collect(): Promise<void> {
    if (this.#closed) return;
    const { clock, log } = this.#deps;
    this.#alarm.set(clock.now().getTime() + HOUR_MS);
    this.#running ??= this.#collect()
      .catch((thrown: unknown) => log.warn({ why: messageOf(thrown) }, 'unused images were not all removed'))
      .then(() => this.#sweepCopies())
      .finally(() => (this.#running = null));
    await this.#running;
  }

  /** The container, or the wish for the image, is gone: until now its images were of use. */
  released(entry: Entry): void {
    this.#used(imagesOf(entry));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#alarm.clear();
    await this.#running;
  }

  /** An image that is met for the first time counts as used now: what used it may have been forgotten. */
  async #collect(): Promise<void> {
    const { images, store } = this.#deps;
    const known = store.imageUses();
    this.#used(images.keys().filter((key) => this.#isUsed(key) || !known.has(key)));
    for (const [key, usedAt] of byAge(store.imageUses(), images.keys())) {
      if (!this.#isStale(usedAt) && !(await this.#isDiskLow())) return;
      if (this.#closed) return;
      if (!this.#isUsed(key)) await this.#remove(key);
    }
  }

  /** What runtimes have of images that went now or before. One that is away does it another time. */
  async #sweepCopies(): Promise<void> {
    const { runtimes, log } = this.#deps;
    for (const { name, copies } of runtimes)
      await copies
        ?.sweep()
        .catch((thrown: unknown) =>
          log.debug({ runtime: name, why: messageOf(thrown) }, 'copies of images were not all removed'),
        );
  }

  async #remove(key: string): Promise<void> {
    const { images, store, log } = this.#deps;
    await images.remove(key);
    store.forgetImage(key);
    log.info({ image: key }, 'an unused image was removed');
  }

  #used(keys: readonly string[]): void {
    this.#deps.store.useImages(keys, isoTime(this.#deps.clock.now()));
  }

  #isUsed(key: string): boolean {
    return this.#deps.world.entries().some((entry) => imagesOf(entry).includes(key));
  }

  #isStale(usedAt: string): boolean {
    return Date.parse(usedAt) + KEPT_MS <= this.#deps.clock.now().getTime();
  }

  async #isDiskLow(): Promise<boolean> {
    const { diskAvailable, diskTotal } = await this.#deps.figures();
    return diskAvailable < diskTotal * FREE_SHARE;
  }
}

/**
 * The image a container shall have, and the one that its workload was made from. What a reference means is written down
 * before it is fetched, and stays until another is fetched, which is after the workload is gone.
 */
function imagesOf({ desired, facts: { workload } }: Entry): string[] {
  const image = desired?.kind === 'container' || desired?.kind === 'image' ? desired.spec.image : null;
  const stored = image && 'id' in image ? image : null;
  const wanted = [stored, workload.pinned ?? null].flatMap((image) => (image ? [imageKey(image)] : []));
  return workload.made && !workload.pinned ? [...wanted, workload.made.image] : wanted;
}

/** With the time of the last use, the longest unused first. */
const byAge = (uses: ReadonlyMap<string, string>, keys: readonly string[]): [string, string][] =>
  keys
    .map((key): [string, string] => [key, uses.get(key) ?? ''])
    .toSorted(([, a], [, b]) => (a < b ? -1 : Number(a > b)));
