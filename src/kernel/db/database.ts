import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, type Logger, type Transaction } from 'kysely';
import { openPostgres, openSqlite, type Engine } from './engine.ts';
import { Signals } from './signals.ts';

/**
 * The executor that stores take as their first argument: the database or a transaction. Rows are typed by each
 * service's `tables.ts`; a store narrows with `db.withTables<…>()`-free generics: `Db<ContainerTables>`.
 */
export type Db<Tables = unknown> = Kysely<Tables>;
export type Tx<Tables = unknown> = Transaction<Tables>;

export type DatabaseConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

/**
 * One database for all services. Transactions are short: they never await a port, a node or a driver, and inside one
 * only its own executor may be used. The outer handle throws there, because on SQLite it would wait for ever.
 */
export class Database {
  readonly engine: Engine;
  /** Word to and from the other processes on this database. */
  readonly signals: Signals;
  readonly #db: Db;
  /** What is to be done after the transaction that is under way here. */
  readonly #inside = new AsyncLocalStorage<(() => void)[]>();

  private constructor(engine: Engine, log: Logger | undefined) {
    this.engine = engine;
    this.signals = new Signals(engine.wire);
    this.#db = new Kysely<unknown>({ dialect: engine.dialect, ...(log ? { log } : {}) });
  }

  /** `log` hears of every statement: for benchmarks and debugging. */
  static open(config: DatabaseConfig, log?: Logger): Database {
    return new Database(config.kind === 'sqlite' ? openSqlite(config.path) : openPostgres(config.url), log);
  }

  /** The executor outside of transactions. */
  handle<Tables>(): Db<Tables> {
    if (this.#inside.getStore()) throw new Error('The outer database handle was used inside a transaction.');
    return this.#db as Db<Tables>;
  }

  async transaction<Tables, T>(work: (tx: Tx<Tables>) => Promise<T>): Promise<T> {
    const db = this.handle<Tables>();
    const after: (() => void)[] = [];
    const result = await db.transaction().execute((tx) => this.#inside.run(after, () => work(tx)));
    for (const act of after) act();
    return result;
  }

  /** Once the transaction that is under way here has committed, and not at all when it is rolled back; outside of any at once. */
  afterCommit(act: () => void): void {
    const after = this.#inside.getStore();
    if (after) after.push(act);
    else act();
  }

  async close(): Promise<void> {
    await this.signals.stop();
    await this.#db.destroy();
  }
}
