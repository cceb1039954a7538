import { Serial } from './serial.ts';

interface Waiting {
  readonly write: () => string;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Loads rules: one transaction at a time for each namespace, and all that waited meanwhile together as the next.
 * When a bundle is refused, each of its texts is tried alone, so one caller's mistake is that caller's alone.
 */
export class RuleQueue {
  readonly #load: (namespace: string, rules: string) => Promise<void>;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #serial = new Serial();

  constructor(load: (namespace: string, rules: string) => Promise<void>) {
    this.#load = load;
  }

  /** @param write called once its turn has come. */
  load(namespace: string, write: () => string): Promise<void> {
    const done = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(namespace);
    if (waiting) waiting.push({ write, done });
    else {
      this.#waiting.set(namespace, [{ write, done }]);
      void this.#serial.run(namespace, () => this.#flush(namespace));
    }
    return done.promise;
  }

  /** Resolves when all that was asked for before has been tried. */
  settled(namespace: string): Promise<void> {
    return this.#serial.run(namespace, async () => {});
  }

  async #flush(namespace: string): Promise<void> {
    const bundle = this.#waiting.get(namespace) ?? [];
    this.#waiting.delete(namespace);
    try {
      await this.#load(namespace, bundle.map(({ write }) => write()).join(''));
      bundle.forEach(({ done }) => done.resolve());
    } catch (error) {
      if (bundle.length === 1) bundle[0]?.done.reject(error);
      else await this.#loadEach(namespace, bundle);
    }
  }

  async #loadEach(namespace: string, bundle: readonly Waiting[]): Promise<void> {
    for (const { write, done } of bundle) {
      try {
        await this.#load(namespace, write());
        done.resolve();
      } catch (error) {
        done.reject(error);
      }
    }
  }
}
