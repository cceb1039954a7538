import { Bell } from '#kernel/bell.ts';
import { unavailable } from '#kernel/errors.ts';
import type { Worker } from './change.ts';
import { CutOff } from './cut-off.ts';
import type { Place } from './place.ts';

/** Something to be done for each of some keys. */
export interface Errand {
  /** The change that it is begun for. */
  readonly purpose: string;
  /** @returns why all that has its purpose fails with it */
  readonly work: (key: string, by: Worker) => Promise<string | undefined | void>;
}

interface Under {
  readonly abort: AbortController;
  readonly purpose: string;
  /** It only waits. */
  rests: boolean;
}

/** What is under way for one stack: so many at once, each with a way to cut it off. */
export class Errands {
  readonly #atOnce: number;
  readonly #place: Place;
  readonly #under = new Map<string, Under>();
  readonly #ended = new Bell();
  readonly #failures = new Map<string, string>();
  readonly #outer: AbortSignal;
  #broken: { readonly thrown: unknown } | undefined;

  /** @param atOnce how many, not counting those that rest */
  constructor({ signal, place }: Worker, atOnce: number) {
    this.#outer = signal;
    this.#place = place;
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

  /** Rings when one has ended, or there is room again. */
  get ended(): Promise<void> {
    return this.#ended.rung;
  }

  /** Begins those for which there is room. */
  begin(keys: readonly string[], { purpose, work }: Errand): void {
    for (const key of keys) if (this.#hasRoom) void this.#carryOut(key, { purpose, work });
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

  get #hasRoom(): boolean {
    return [...this.#under.values()].filter(({ rests }) => !rests).length < this.#atOnce;
  }

  async #carryOut(key: string, { purpose, work }: Errand): Promise<void> {
    const under: Under = { abort: new AbortController(), purpose, rests: false };
    this.#under.set(key, under);
    const signal = AbortSignal.any([this.#outer, under.abort.signal]);
    const tell = (rests: boolean) => {
      const wasFull = !this.#hasRoom;
      under.rests = rests;
      if (wasFull && rests) this.#ended.ring();
    };
    try {
      const failure = await this.#place.within((place) => work(key, { signal, place }), tell);
      if (failure !== undefined) this.#failures.set(purpose, failure);
    } catch (thrown) {
      this.#broken ??= { thrown };
    } finally {
      this.#under.delete(key);
      this.#ended.ring();
    }
  }
}
