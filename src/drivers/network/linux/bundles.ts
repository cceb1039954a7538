import { Serial } from '#kernel/serial.ts';

interface Waiting<T> {
  readonly change: T;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Carries out changes: one bundle at a time for each namespace, and all that waited meanwhile together as the next.
 * When a bundle is refused, each of its changes is tried alone, so one caller's mistake is that caller's alone.
 */
export class Bundles<T> {
  readonly #act: (namespace: string, changes: readonly T[]) => Promise<void>;
  readonly #waiting = new Map<string, Waiting<T>[]>();
  readonly #serial = new Serial();

  constructor(act: (namespace: string, changes: readonly T[]) => Promise<void>) {
    this.#act = act;
  }

  add(namespace: string, change: T): Promise<void> {
    const done = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(namespace);
    if (waiting) waiting.push({ change, done });
    else {
      this.#waiting.set(namespace, [{ change, done }]);
      void this.#serial.run(namespace, () => this.#flush(namespace));
    }
    return done.promise;
  }

  async #flush(namespace: string): Promise<void> {
    const bundle = this.#waiting.get(namespace) ?? [];
    this.#waiting.delete(namespace);
    try {
      const changes = bundle.map(({ change }) => change);
      await this.#act(namespace, changes);
      bundle.forEach(({ done }) => done.resolve());
    } catch (error) {
      if (bundle.length === 1) bundle[0]?.done.reject(error);
      else await this.#actOnEach(namespace, bundle);
    }
  }

  async #actOnEach(namespace: string, bundle: readonly Waiting<T>[]): Promise<void> {
    for (const { change, done } of bundle) {
      try {
        await this.#act(namespace, [change]);
        done.resolve();
      } catch (error) {
        done.reject(error);
      }
    }
  }
}
