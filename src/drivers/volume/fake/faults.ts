/** Trouble made to order: verbs that fail, and verbs that wait until a test lets them go. */
export class Faults<Verb extends string> {
  readonly #failures = new Map<Verb, Failure[]>();
  readonly #gates = new Map<Verb, Promise<void>>();

  /** The verb's next call fails: before it does anything, or, like a crash before the answer, after. */
  failNext(verb: Verb, error: Error, when: When = 'before'): void {
    this.#failures.set(verb, [...(this.#failures.get(verb) ?? []), { error, when }]);
  }

  /** Calls of the verb wait until the returned function is called. */
  hold(verb: Verb): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(verb, promise);
    return () => {
      this.#gates.delete(verb);
      resolve();
    };
  }

  async run<T>(verb: Verb, effect: () => Promise<T>): Promise<T> {
    await this.#gates.get(verb);
    const failure = this.#failures.get(verb)?.shift();
    if (failure?.when === 'before') throw failure.error;
    const result = await effect();
    if (failure) throw failure.error;
    return result;
  }
}

type When = 'before' | 'after';

interface Failure {
  readonly error: Error;
  readonly when: When;
}
