import { Bell } from '#kernel/bell.ts';
import type { Clock } from '#kernel/clock.ts';
import type { EventLog } from '#kernel/events/event-log.ts';

const FIRST_MS = 250;
const LONGEST_MS = 5_000;

/**
 * What happens in a project, for those who wait for it. A service that is somebody else's tells nothing, so that each wait ends by itself
 * too, later and later.
 */
export class News {
  readonly #bell = new Bell();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Follows the project's events until the signal aborts. */
  async follow(events: Pick<EventLog, 'subscribe'>, project: string, signal: AbortSignal): Promise<void> {
    for await (const _ of events.subscribe({ project }, signal)) this.#bell.ring();
  }

  /** Take it before you look, so that nothing that happens in between is missed. */
  get heard(): Promise<void> {
    return this.#bell.rung;
  }

  /** @param asked how often the same was asked before. @throws the signal's reason when it aborts */
  async after(heard: Promise<void>, asked: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const late = this.#clock.sleep(Math.min(LONGEST_MS, FIRST_MS * 2 ** asked), both).catch(() => undefined);
    await Promise.race([heard, late]);
    over.abort();
    signal.throwIfAborted();
  }
}
