import type { Clock } from './clock.ts';

/** One timer that only ever moves forward in time: of all the times it was set to, it rings at the earliest, once. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Infinity;
  #abort = new AbortController();

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `at` (milliseconds of the epoch) at the latest. */
  set(at: number): void {
    if (at >= this.#at) return;
    this.clear();
    this.#at = at;
    void this.#wait(Math.max(0, at - this.#clock.now().getTime()), this.#abort.signal);
  }

  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#at = Infinity;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(ms, signal);
    } catch {
      return; // it was cleared or set to an earlier time
    }
    this.#at = Infinity;
    this.#ring();
  }
}
