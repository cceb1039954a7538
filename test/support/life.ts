import { Bell } from '#kernel/bell.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Database, Db, Tx } from '#kernel/db/database.ts';

/**
 * The life of a process within a test, which ends as by kill -9: before or after any transaction, and wherever else it is asked to. Whoever
 * works in it then never goes on, and nothing of it is written any more.
 */
export class Life {
  /** Transactions that had begun. */
  readonly #open = new Set<Promise<unknown>>();
  readonly #end = Promise.withResolvers<void>();
  #left = Infinity;
  #passed = 0;
  readonly #bell = new Bell();
  #over = false;

  /** Resolves when it has ended, and nothing that had begun is open any more. */
  readonly ended: Promise<void> = this.#end.promise.then(async () => {
    while (this.#open.size > 0) await Promise.allSettled(this.#open);
  });

  get isOver(): boolean {
    return this.#over;
  }

  /** How many moments have passed at which it could have ended. */
  get passed(): number {
    return this.#passed;
  }

  /** Resolves when so many have passed in all. */
  async reached(moments: number): Promise<void> {
    while (this.#passed < moments) await this.#bell.rung;
  }

  /** It ends at the moment that is so many away. */
  endAfter(moments: number): void {
    this.#left = moments;
  }

  /** A moment at which it may end. */
  async moment(): Promise<void> {
    this.#passed += 1;
    this.#bell.ring();
    this.#left -= 1;
    if (this.#left <= 0) this.end();
    if (this.#over) await never();
  }

  end(): void {
    this.#over = true;
    this.#end.resolve();
  }

  /** The clock as this process sees it. */
  clock(clock: Clock): Clock {
    const sleep = async (ms: number, signal?: AbortSignal) => {
      await clock.sleep(ms, signal);
      if (this.#over) await never();
    };
    return { now: () => clock.now(), sleep };
  }

  /** The database as this process reaches it. */
  database(database: Database): Database {
    const own = {
      transaction: <T>(work: (tx: Tx) => Promise<T>) => this.#transaction(database, work),
      handle: () => this.#handle(database),
    };
    return new Proxy(database, {
      get(target, key) {
        if (key === 'transaction' || key === 'handle') return own[key];
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #handle(database: Database): Db {
    if (this.#over) throw new Error('This process is no more.');
    return database.handle();
  }

  async #transaction<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
    await this.moment();
    const done = database.transaction(work);
    this.#open.add(done);
    try {
      return await done;
    } finally {
      this.#open.delete(done);
      await this.moment();
    }
  }
}

const never = (): Promise<never> => new Promise(() => {});
