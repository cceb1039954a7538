/**
 * A place among those that something is carried out in at once. While all that is under way in it only waits, it rests, and others may
 * have it. Who goes on has it again at once: nobody waits for a place to end what is begun.
 */
export class Place {
  readonly #tell: (rests: boolean) => void;
  /** Itself, and the places within that do not rest. */
  #working = 1;

  /** @param tell hears each time that it begins to rest, or goes on */
  constructor(tell: (rests: boolean) => void) {
    this.#tell = tell;
  }

  get rests(): boolean {
    return this.#working === 0;
  }

  /** Whoever has the place does nothing else until then. */
  async rest<T>(wait: Promise<T>): Promise<T> {
    this.#count(-1);
    try {
      return await wait;
    } finally {
      this.#count(1);
    }
  }

  /** Does work in a place within this one, which does not rest while that does not. */
  async within<T>(work: (inner: Place) => Promise<T>, tell: (rests: boolean) => void): Promise<T> {
    const inner = new Place((rests) => {
      this.#count(rests ? -1 : 1);
      tell(rests);
    });
    this.#count(1);
    try {
      return await work(inner);
    } finally {
      if (!inner.rests) this.#count(-1);
    }
  }

  #count(change: 1 | -1): void {
    const rested = this.rests;
    this.#working += change;
    if (rested !== this.rests) this.#tell(this.rests);
  }
}
