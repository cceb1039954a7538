import type { NewAuditRecord } from '#kernel/audit/record.ts';
import { isoTime } from '#kernel/clock.ts';
import type { Store } from '#kernel/db/store.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import { conflict } from '#kernel/errors.ts';
import type { DesiredKind, ObjectKey } from '#node/protocol.ts';
import type { VolumeTables, VolumeTx } from '../tables.ts';
import { NodeTeller } from './node-teller.ts';
import type { TaskDeps } from './deps.ts';

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** Another transaction wrote the row after this one had read it. */
class Collision extends Error {}

const TRIES = 10;

/** One transaction: what it writes, and who is to be told of it once it has committed. */
export class Unit {
  readonly tx: VolumeTx;
  readonly now: string;
  readonly events: NewEvent[] = [];
  /** What was accepted earlier and has come to its end. */
  readonly ends: NewAuditRecord[] = [];
  readonly told = new Map<string, ObjectKey[]>();

  constructor(tx: VolumeTx, now: string) {
    this.tx = tx;
    this.now = now;
  }

  /** Replaces what was read. The whole unit runs again when it is not any more what is there. */
  async write<T extends Versioned>(store: Store<T>, before: T, after: T): Promise<T> {
    const stamped = 'updatedAt' in after ? { ...after, updatedAt: this.now } : after;
    if (!(await store.replace(this.tx, before, stamped))) throw new Collision();
    return { ...stamped, version: before.version + 1 };
  }

  /** For the event log: `volume.volume.<what>`. */
  say(
    item: { readonly id: string; readonly projectId: string; readonly name: string | null },
    what: string,
  ): void {
    this.events.push({
      projectId: item.projectId,
      service: 'volume',
      type: `volume.volume.${what}`,
      resource: item.id,
      payload: { name: item.name, status: what },
    });
  }

  /** The node is told of the object as it is after the commit, or that it is gone. */
  tell(kind: DesiredKind, { id, host }: { readonly id: string; readonly host: string | null }): void {
    if (host === null) return;
    this.told.set(host, [...(this.told.get(host) ?? []), { kind, id }]);
  }
}

/** Runs units of work. */
export class Units {
  readonly #deps: TaskDeps;
  readonly #teller: NodeTeller;

  constructor(deps: TaskDeps) {
    this.#deps = deps;
    this.#teller = new NodeTeller(deps);
  }

  /** @param work runs again from its beginning when another transaction came between. */
  async run<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        return await this.#once(work);
      } catch (thrown) {
        if (!(thrown instanceof Collision)) throw thrown;
      }
    }
    throw conflict('The object is changed by others all the time.', { retryable: true });
  }

  async #once<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
    const { database, clock, events, audit } = this.#deps;
    const { unit, result } = await database.transaction<VolumeTables, { unit: Unit; result: T }>(
      async (tx) => {
        const unit = new Unit(tx, isoTime(clock.now()));
        const result = await work(unit);
        for (const event of unit.events) await events.append(tx, event);
        for (const end of unit.ends) await audit.write(tx, end);
        return { unit, result };
      },
    );
    if (unit.events.length > 0) events.publish();
    for (const [host, keys] of unit.told) void this.#teller.tell(host, keys);
    return result;
  }
}
