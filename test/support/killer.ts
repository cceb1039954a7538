import { systemClock } from '#kernel/clock.ts';
import type { SeededRandom } from './random.ts';

export interface Victim {
  kill(): Promise<void>;
  start(): Promise<void>;
}

const LONGEST_LIFE_MS = 300;

/** Kills one of the processes after another, each while something is under way, and starts it again meanwhile. */
export class Killer {
  readonly #random: SeededRandom;
  readonly #victims: readonly Victim[];
  #back: Promise<void> = Promise.resolve();

  constructor(random: SeededRandom, victims: readonly Victim[]) {
    this.#random = random;
    this.#victims = victims;
  }

  /** Resolves when the last one is back; the next dies in a moment. */
  async kill(): Promise<void> {
    await this.#back;
    const victim = this.#random.pick(this.#victims);
    this.#back = systemClock // not for something to happen: this is the random moment
      .sleep(this.#random.below(LONGEST_LIFE_MS))
      .then(() => victim.kill())
      .then(() => victim.start());
    this.#back.catch(() => {}); // whoever waits for it is told
  }

  /** Resolves when the last one is up again. */
  untilBack(): Promise<void> {
    return this.#back;
  }
}
