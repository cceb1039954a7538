import { AsyncLocalStorage } from 'node:async_hooks';

/** A write to an object that others follow. */
export interface Change {
  /** `network` */
  readonly service: string;
  /** What the object is called in the types of events: `security-group`. */
  readonly noun: string;
  readonly id: string;
  /** null = not of one project. */
  readonly projectId: string | null;
  readonly what: 'created' | 'updated' | 'deleted';
  /** What may be told to everybody who may read the project. */
  readonly name?: string | null | undefined;
  readonly status?: string | null | undefined;
}

const underWay = new AsyncLocalStorage<Changes>();

/**
 * What a transaction wrote, one entry an object: made and changed is made, made and deleted is nothing. Stores note; the database hands
 * it to the event log before the commit, so an event is there exactly when the change is.
 */
export class Changes {
  readonly #noted = new Map<string, Change>();
  readonly #told = new Set<string>();

  /** In the transaction that is under way; outside of any it is lost. */
  static note(change: Change): void {
    underWay.getStore()?.add(change);
  }

  /** Somebody tells of the object in words of its own. */
  static told(id: string): void {
    underWay.getStore()?.passOver(id);
  }

  collect<T>(work: () => Promise<T>): Promise<T> {
    return underWay.run(this, work);
  }

  /** In the order in which the objects were first written. */
  list(): readonly Change[] {
    return [...this.#noted.values()].filter(({ id }) => !this.#told.has(id));
  }

  passOver(id: string): void {
    this.#told.add(id);
  }

  add(change: Change): void {
    const key = `${change.service}/${change.noun}/${change.id}`;
    const before = this.#noted.get(key)?.what;
    if (before === 'created' && change.what === 'deleted') this.#noted.delete(key);
    else this.#noted.set(key, before === 'created' ? { ...change, what: 'created' } : change);
  }
}
