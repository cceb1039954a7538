/** Bytes that the peer has allowed us to send. One taker at a time. */
export class Credit {
  readonly #signal: AbortSignal;
  #available: number;
  #wake: (() => void) | undefined;

  constructor(available: number, signal: AbortSignal) {
    this.#available = available;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  add(bytes: number): void {
    this.#available += bytes;
    this.#wake?.();
  }

  /** Between 1 and `most` bytes, as soon as there are any. Rejects when the signal aborts. */
  async take(most: number): Promise<number> {
    while (this.#available === 0 && !this.#signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    this.#signal.throwIfAborted();
    const taken = Math.min(most, this.#available);
    this.#available -= taken;
    return taken;
  }
}
