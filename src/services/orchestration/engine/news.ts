import { Bell } from '#kernel/bell.ts';
import type { Clock } from '#kernel/clock.ts';
import type { EventLog } from '#kernel/events/event-log.ts';

/** Timers know no longer ones. */
export const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** `at` in milliseconds since 1970. */
export type Again = { readonly asked: number } | { readonly at: number };

const FIRST_MS = 250;
const LONGEST_MS = 5_000;
const AGAIN_MS = 1_000;

type Followed = Pick<EventLog, 'begin' | 'subscribe'>;

/**
 * What happens in a project, for those who wait for it. A service that is somebody else's tells nothing, so that each wait ends by itself
 * too, later and later.
 */
export class News {
  readonly #bell = new Bell();
  readonly #bells = new Map<string, Bell>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What happens in a project from now on, until the signal aborts. */
  static of(
    { clock, events }: { readonly clock: Clock; readonly events: Followed },
    project: string,
    signal: AbortSignal,
  ): News {
    const news = new News(clock);
    void news.#follow(events, project, signal);
    return news;
  }

  /** Again from where the log is by then when it cannot be followed. */
  async #follow(events: Followed, project: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#read(events, project, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
  }

  /** What happened before may have been missed, and may have been anything. */
  async #read(events: Followed, project: string, signal: AbortSignal): Promise<void> {
    const after = await events.begin();
    for (const bell of [this.#bell, ...this.#bells.values()]) bell.ring();
    for await (const { resource } of events.subscribe({ project, after }, signal)) {
      this.#bell.ring();
      this.ring(resource);
    }
  }

  /** Take it before you look, so that nothing that happens in between is missed. */
  get heard(): Promise<void> {
    return this.#bell.rung;
  }

  /** The same, of one thing alone. */
  heardOf(resource: string): Promise<void> {
    const bell = this.#bells.get(resource) ?? new Bell();
    this.#bells.set(resource, bell);
    return bell.rung;
  }

  ring(resource: string): void {
    this.#bells.get(resource)?.ring();
  }

  /**
   * @param again when to ask in any case: after how often the same was asked before, or at a time
   * @throws the signal's reason when it aborts
   */
  async after(heard: Promise<void>, again: Again, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const late = this.#clock.sleep(this.#until(again), both).catch(() => undefined);
    await Promise.race([heard, late]);
    over.abort();
    signal.throwIfAborted();
  }

  #until(again: Again): number {
    if ('asked' in again) return Math.min(LONGEST_MS, FIRST_MS * 2 ** again.asked);
    return Math.min(Math.max(again.at - this.#clock.now().getTime(), 0), LONGEST_SLEEP_MS);
  }
}
