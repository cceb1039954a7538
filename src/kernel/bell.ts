/**
 * Tells any number of waiters that something happened, without saying what. Take `rung` before you look, wait on it after:
 * then nothing that happens in between is missed.
 */
export class Bell {
  #next = Promise.withResolvers<void>();

  get rung(): Promise<void> {
    return this.#next.promise;
  }

  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }
}
