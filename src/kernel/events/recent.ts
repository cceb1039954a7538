import type { Database } from '../db/database.ts';
import type { CloudEvent } from './event.ts';
import * as store from './store.ts';

/** What is kept, and what is read at a time. */
const KEPT = 1_000;

/** The newest events, read from the table once for all who follow. It keeps events that came after its first reading, in order, without gaps. */
export class RecentEvents {
  readonly #database: Database;
  /** Those with `from < seq <= last`; undefined = nothing was read yet. */
  #held: { readonly from: number; readonly last: number; readonly events: readonly CloudEvent[] } | undefined;
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Those who ask during a reading share one more, which begins after they asked. */
  catchUp(): Promise<void> {
    this.#next ??= (async () => {
      await this.#reading?.catch(() => undefined);
      this.#reading = this.#next;
      this.#next = undefined;
      await this.#read();
    })();
    return this.#next;
  }

  /** @returns undefined where some of them are older than what is kept. */
  after(seq: number): { readonly events: readonly CloudEvent[]; readonly last: number } | undefined {
    if (this.#held === undefined || seq < this.#held.from) return undefined;
    const { from, last, events } = this.#held;
    return { events: events.slice(seq - from), last };
  }

  async #read(): Promise<void> {
    const db = this.#database.handle();
    const { last, pruned } = await store.head(db);
    const held = this.#held;
    // Nobody followed for long, or for the first time: who knows less reads the table.
    const from = held && held.last >= pruned && last - held.last <= KEPT ? held.last : last;
    const isOn = from === held?.last;
    const news = from < last ? await store.read(db, { after: from, upTo: last, limit: KEPT }, undefined) : [];
    const events = [...(isOn ? held.events : []), ...news].slice(-KEPT);
    this.#held = { from: last - events.length, last, events };
  }
}
