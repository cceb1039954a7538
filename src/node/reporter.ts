import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { keyOf, type Entry, type Key } from './objects.ts';
import type { ControlMethods, ObjectKey, Report } from './protocol.ts';
import { reportOf } from './report.ts';
import { backOff } from './restart-policy.ts';
import type { World } from './world.ts';

export type ReportMessage = ControlMethods['node.report']['body'];

export interface ReporterDeps {
  readonly world: World;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Sends a report and resolves when control has taken it in. */
export type SendReport = (message: ReportMessage) => Promise<void>;

/**
 * Tells control what changed, at once but never two messages side by side: what changes while one is under way goes in the
 * next. After a failure everything is told again.
 */
export class Reporter {
  readonly #deps: ReporterDeps;
  readonly #changed = new Set<Key>();
  readonly #gone = new Map<Key, ObjectKey>();
  /** What control was last told, so that a change back and forth is no message. */
  readonly #told = new Map<Key, string>();
  #send: SendReport | null = null;
  #whole = false;
  /** One message is under way, or the next waits for its time after a failure. */
  #sending = false;
  #failures = 0;
  #line = new AbortController();

  constructor(deps: ReporterDeps) {
    this.#deps = deps;
  }

  /** Control can be told now; null = it is away. */
  connect(send: SendReport | null): void {
    this.#line.abort();
    this.#line = new AbortController();
    this.#send = send;
    this.#told.clear();
    this.#failures = 0;
  }

  changed(entry: Entry): void {
    this.#changed.add(keyOf(entry.kind, entry.id));
    this.#schedule();
  }

  /** What is not here, though control may think that it is. */
  gone(key: ObjectKey): void {
    this.#gone.set(keyOf(key.kind, key.id), key);
    this.#schedule();
  }

  /** Everything, soon. */
  whole(): void {
    this.#whole = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#sending || !this.#send) return;
    this.#sending = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    try {
      while (this.#send && (this.#whole || this.#changed.size > 0 || this.#gone.size > 0))
        await this.#sendOne(this.#send);
      this.#failures = 0;
    } catch (thrown) {
      this.#whole = true;
      this.#deps.log.warn({ why: messageOf(thrown) }, 'a report was not taken in');
      await this.#deps.clock.sleep(backOff(this.#failures++), this.#line.signal).catch(() => {}); // a new line
    }
    this.#sending = false;
    if (this.#whole) this.#schedule();
  }

  async #sendOne(send: SendReport): Promise<void> {
    const whole = this.#whole;
    const gone = [...this.#gone];
    const reports = whole ? this.#all() : this.#news();
    this.#whole = false;
    this.#changed.clear();
    this.#gone.clear();
    if (!whole && reports.length === 0 && gone.length === 0) return;
    try {
      await send({ whole, reports, gone: gone.map(([, key]) => key) });
      for (const report of reports) this.#told.set(keyOf(report.kind, report.id), JSON.stringify(report));
      for (const [key] of gone) this.#told.delete(key);
    } catch (thrown) {
      for (const [key, value] of gone) if (!this.#isWanted(value)) this.#gone.set(key, value);
      throw thrown;
    }
  }

  #all(): Report[] {
    return this.#reports([...this.#deps.world.entries()]);
  }

  #news(): Report[] {
    const { world } = this.#deps;
    const entries = [...this.#changed].flatMap((key) => {
      const at = key.indexOf(':');
      return world.find(key.slice(0, at) as Entry['kind'], key.slice(at + 1)) ?? [];
    });
    return this.#reports(entries).filter(
      (report) => this.#told.get(keyOf(report.kind, report.id)) !== JSON.stringify(report),
    );
  }

  #reports(entries: readonly Entry[]): Report[] {
    const { world, clock } = this.#deps;
    const now = clock.now().getTime();
    return entries.flatMap((entry) => reportOf(entry, world, now) ?? []);
  }

  #isWanted({ kind, id }: ObjectKey): boolean {
    return this.#deps.world.find(kind, id)?.wanted ?? false;
  }
}
