import { Alarm } from '../alarm.ts';
import { Bell } from '../bell.ts';
import { isoTime, type Clock } from '../clock.ts';
import { Changes, type Change } from '../db/changes.ts';
import type { Database, Tx } from '../db/database.ts';
import { CloudError } from '../errors.ts';
import type { CloudEvent, NewEvent } from './event.ts';
import { RecentEvents } from './recent.ts';
import * as store from './store.ts';
import type { EventTables } from './tables.ts';

const BATCH = 100;
const SWEEP_MS = 15_000;
const CHANNEL = 'events';

/** Events of one project, or all for those who may see everything. */
export type EventFilter = ({ readonly project: string } | { readonly all: true }) & {
  /** The last event that the reader knows; without it, only what happens after the first read. */
  readonly after?: number;
};

/**
 * What happened, as an outbox. Its laws:
 *
 * 1. An event is written in the transaction of the change it tells of: both are, or neither is. Append last in a transaction,
 *    for it holds the lock that puts events in order.
 * 2. A reader gets every event after the one it names, in order, at least once.
 * 3. Readers go at their own pace. The newest events are read once for all of them; one that is slow reads the table by itself, and costs
 *    nobody memory. When it is so slow that what it has not read is pruned, it is told so (`events-pruned`) and must look at the
 *    resources afresh.
 * 4. `publish()`, and a signal to other processes at the commit, only save readers the wait for the sweep.
 * 5. What stores note (`Changes`) and nobody tells of in its own words becomes `<service>.<noun>.created`, `updated` or `deleted`.
 */
export class EventLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #recent: RecentEvents;
  readonly #bell = new Bell();
  readonly #sweep: Alarm;
  readonly #stopped = new AbortController();
  readonly #deafen: () => void;

  constructor(deps: { readonly database: Database; readonly clock: Clock }) {
    this.#database = deps.database;
    deps.database.witness((tx, changes) => this.#tell(tx, changes));
    this.#clock = deps.clock;
    this.#recent = new RecentEvents(deps.database);
    this.#sweep = new Alarm(deps.clock, () => this.#bell.ring());
    const heard = () => this.#bell.ring();
    this.#deafen = deps.database.signals.listen(CHANNEL, { heard, missed: heard });
  }

  /** Writes an event in the caller's transaction. Call `publish()` when that has committed. */
  async append<Tables>(tx: Tx<Tables>, event: NewEvent): Promise<void> {
    await this.#database.signals.send(tx, CHANNEL);
    Changes.told(event.resource);
    await store.insert(tx as unknown as Tx<EventTables>, [event], isoTime(this.#clock.now()));
  }

  /** Law 5. */
  async #tell(tx: Tx, changes: readonly Change[]): Promise<void> {
    await this.#database.signals.send(tx, CHANNEL);
    await store.insert(tx, changes.map(eventOf), isoTime(this.#clock.now()));
    this.#database.afterCommit(() => this.publish());
  }

  /** Wakes the readers. */
  publish(): void {
    this.#bell.ring();
  }

  /**
   * Where a reader begins that knows `after`; without it, at the newest event.
   * @throws CloudError `conflict` with code `events-pruned`, as `subscribe` does.
   */
  async begin(after?: number): Promise<number> {
    const { last, pruned } = await this.#head();
    // A number that is greater than the last is of a log that is no more.
    if (after !== undefined && (after > last || after < pruned)) throw eventsPruned();
    return after ?? last;
  }

  /**
   * Follows the events until the signal aborts or the log stops, which ends it without an error.
   * @throws CloudError `conflict` with code `events-pruned` when events that the reader has not seen are gone.
   */
  async *subscribe(filter: EventFilter, until: AbortSignal): AsyncGenerator<CloudEvent, void> {
    const signal = AbortSignal.any([until, this.#stopped.signal]);
    signal.addEventListener('abort', () => this.#bell.ring(), { once: true });
    const project = 'project' in filter ? filter.project : undefined;
    let after = await this.begin(filter.after);
    while (!signal.aborted) {
      const { rung } = this.#bell;
      await this.#recent.catchUp();
      const { events, last } = this.#recent.after(after) ?? (await this.#read(project, after));
      const own = project === undefined ? events : events.filter(({ projectId }) => projectId === project);
      for (const event of own) {
        if (signal.aborted) return;
        yield event;
      }
      // What other projects did is passed over, so that a quiet project's reader does not count as slow.
      after = last;
      if (own.length === 0) await this.#wait(rung, signal);
    }
  }

  /** Forgets events from before the given time (ISO-8601). @returns how many. */
  prune(before: string): Promise<number> {
    return this.#database.transaction((tx: Tx<EventTables>) => store.prune(tx, before));
  }

  /** Ends every reader. Events may still be appended. */
  stop(): void {
    this.#deafen();
    this.#stopped.abort();
    this.#sweep.clear();
  }

  #head() {
    return store.head(this.#database.handle());
  }

  /** A part of what is kept no more. */
  async #read(project: string | undefined, after: number) {
    const { last: upTo } = await this.#head();
    const events = await store.read(this.#database.handle(), { after, upTo, limit: BATCH }, project);
    // Asked afterwards, so that pruning between the two is noticed.
    if (after < (await this.#head()).pruned) throw eventsPruned();
    return { events, last: events.length === BATCH ? (events.at(-1)?.seq ?? upTo) : upTo };
  }

  async #wait(rung: Promise<void>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#sweep.set(this.#clock.now().getTime() + SWEEP_MS);
    await rung;
  }
}

const eventOf = ({ service, noun, id, projectId, what, name, status }: Change): NewEvent => ({
  projectId,
  service,
  type: `${service}.${noun}.${what}`,
  resource: id,
  payload: { what, ...(name ? { name } : {}), ...(status ? { status } : {}) },
});

const eventsPruned = () =>
  new CloudError('conflict', 'Events that were not read yet are gone; read the resources afresh.', {
    code: 'events-pruned',
  });
