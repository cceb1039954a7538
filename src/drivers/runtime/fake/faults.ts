/** Trouble made to order: verbs that fail so many times, and verbs that wait until a test lets them go. */
export class Faults<Verb extends string> {
  readonly #failures = new Map<Verb, Failure[]>();
  readonly #gates = new Map<Verb, Promise<void>>();

  /** @param when `after` = the effect takes place and the caller is told that it failed, as when an answer is lost. */
  fail(verb: Verb, times: number, error: Error, when: When = 'before'): void {
    const failures = this.#failures.get(verb) ?? [];
    failures.push(...Array.from({ length: times }, () => ({ error, when })));
    this.#failures.set(verb, failures);
  }

  /** Every call of the verb waits from now on. @returns what lets them all go. */
  hold(verb: Verb): () => void {
    const gate = Promise.withResolvers<void>();
    this.#gates.set(verb, gate.promise);
    return () => {
      this.#gates.delete(verb);
      gate.resolve();
    };
  }

  /** Runs a verb's effect through what was ordered for it. */
  async run<T>(verb: Verb, effect: () => T | Promise<T>): Promise<T> {
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
