import { Bell } from '#kernel/bell.ts';
import { unavailable } from '#kernel/errors.ts';
import { CutOff } from './cut-off.ts';

/** Something to be done for each of some keys. */
export interface Errand {
  /** The change that it is begun for. */
  readonly purpose: string;
  /** @returns why all that has its purpose fails with it */
  readonly work: (key: string, signal: AbortSignal) => Promise<string | undefined | void>;
}

/** What is under way for one stack: so many at once, each with a way to cut it off. */
export class Errands {
  readonly #atOnce: number;
  readonly #under = new Map<string, { readonly abort: AbortController; readonly purpose: string }>();
  readonly #ended = new Bell();
  readonly #failures = new Map<string, string>();
  readonly #outer: AbortSignal;
  #broken: { readonly thrown: unknown } | undefined;

  constructor(outer: AbortSignal, atOnce: number) {
    this.#outer = outer;
    this.#atOnce = atOnce;
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#under.keys());
  }

  /** What was begun for this purpose. */
  keysFor(purpose: string): readonly string[] {
    return [...this.#under].flatMap(([key, one]) => (one.purpose === purpose ? [key] : []));
  }

  failureOf(purpose: string): string | undefined {
    return this.#failures.get(purpose);
  }

  /** @throws what work threw that should have said how it failed */
  assertUnbroken(): void {
    if (this.#broken) throw this.#broken.thrown;
  }

  /** Rings when one has ended. */
  get ended(): Promise<void> {
    return this.#ended.rung;
  }

  /** Begins those for which there is room. */
  begin(keys: readonly string[], { purpose, work }: Errand): void {
    for (const key of keys.slice(0, this.#atOnce - this.#under.size))
      void this.#carryOut(key, { purpose, work });
  }

  /** All that is under way, but for what is spared, ends soon, and says that it was cut off. */
  cutOff(why: string, spared: ReadonlySet<string> = new Set()): void {
    for (const [key, { abort }] of this.#under) if (!spared.has(key)) abort.abort(new CutOff(why));
  }

  /** Lets go of all that is under way, which is gone on with later. Resolves when it has ended. */
  async letGo(): Promise<void> {
    const { ended } = this;
    for (const { abort } of this.#under.values())
      abort.abort(unavailable('The stack is gone on with later.'));
    if (this.#under.size === 0) return;
    await ended;
    await this.letGo();
  }

  async #carryOut(key: string, { purpose, work }: Errand): Promise<void> {
    const abort = new AbortController();
    this.#under.set(key, { abort, purpose });
    try {
      const failure = await work(key, AbortSignal.any([this.#outer, abort.signal]));
      if (failure !== undefined) this.#failures.set(purpose, failure);
    } catch (thrown) {
      this.#broken ??= { thrown };
    } finally {
      this.#under.delete(key);
      this.#ended.ring();
    }
  }
}
