import { createHash } from 'node:crypto';

/** Random by a seed: the same seed gives the same numbers again, so that a failure can be seen twice. */
export class SeededRandom {
  readonly seed: string;
  #count = 0;

  constructor(seed: string) {
    this.seed = seed;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    const hash = createHash('sha1')
      .update(`${this.seed} ${this.#count++}`)
      .digest();
    return hash.readUInt32BE() % limit;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('There is nothing to pick from.');
    return item;
  }
}
