import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#kernel/clock.ts';

/** Leases, sweeps and deadlines: nothing that a test waits for. */
const LONG_MS = 10_000;

/** Time that passes at once whenever somebody sleeps a little; those who sleep long wake only when they are told to. */
export class HastyClock implements Clock {
  #now: number;

  constructor(start = '2020-01-01T00:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const at = this.#now + ms;
    await (ms < LONG_MS ? turn() : aborted(signal));
    signal?.throwIfAborted();
    this.#now = Math.max(this.#now, at);
  }
}

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
