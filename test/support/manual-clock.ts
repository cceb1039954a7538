import { Bell } from '#kernel/bell.ts';
import type { Clock } from '#kernel/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when the test says so. */
export class ManualClock implements Clock {
  #now: number;
  readonly #slept = new Bell();
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = '2030-01-01T00:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    this.#slept.ring();
    signal?.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason as Error);
    });
    return promise;
  }

  /** Resolves when somebody sleeps. */
  async asleep(): Promise<void> {
    while (this.#sleepers.size === 0) await this.#slept.rung;
  }

  /** Lets time pass, waking whoever slept until then. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  /** Lets time pass until the first sleeper wakes. */
  skip(): void {
    const next = Math.min(...[...this.#sleepers].map(({ at }) => at));
    if (Number.isFinite(next)) this.advance(Math.max(0, next - this.#now));
  }

  /** Like `skip`, and resolves when somebody sleeps again: whoever woke has done its work. */
  async step(): Promise<void> {
    const { rung } = this.#slept;
    this.skip();
    await rung;
  }
}
