import { Bell } from '#kernel/bell.ts';
import { CutOff } from './cut-off.ts';

/** What is under way for one stack: so many at once, each with a way to cut it off. */
export class Errands {
  readonly #atOnce: number;
  readonly #under = new Map<string, AbortController>();
  readonly #ended = new Bell();
  readonly #outer: AbortSignal;

  constructor(outer: AbortSignal, atOnce: number) {
    this.#outer = outer;
    this.#atOnce = atOnce;
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#under.keys());
  }

  /** Rings when one has ended. */
  get ended(): Promise<void> {
    return this.#ended.rung;
  }

  /** Begins those for which there is room. */
  begin(keys: readonly string[], work: (key: string, signal: AbortSignal) => Promise<void>): void {
    for (const key of keys.slice(0, this.#atOnce - this.#under.size)) void this.#carryOut(key, work);
  }

  /** All that is under way, but for what is spared, ends soon, and says that it was cut off. */
  cutOff(why: string, spared: ReadonlySet<string> = new Set()): void {
    for (const [key, abort] of this.#under) if (!spared.has(key)) abort.abort(new CutOff(why));
  }

  async #carryOut(key: string, work: (key: string, signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    this.#under.set(key, abort);
    try {
      await work(key, AbortSignal.any([this.#outer, abort.signal]));
    } finally {
      this.#under.delete(key);
      this.#ended.ring();
    }
  }
}
