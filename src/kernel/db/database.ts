import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, type Logger, type Transaction } from 'kysely';
import { openPostgres, openSqlite, type Engine } from './engine.ts';
import { Changes, type Change } from './changes.ts';
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

type Witness = (tx: Tx, changes: readonly Change[]) => Promise<void>;

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
  #witness: Witness | undefined;

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
    const result = await db
      .transaction()
      .execute((tx) => this.#inside.run(after, () => this.#witnessed(tx as Tx, () => work(tx))));
    for (const act of after) act();
    return result;
  }

  /** Who is told of what each transaction wrote, in the transaction and last. There is one: the event log. */
  witness(witness: Witness): void {
    this.#witness = witness;
  }

  async #witnessed<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
    const changes = new Changes();
    const result = await changes.collect(work);
    const noted = changes.list();
    if (noted.length > 0) await this.#witness?.(tx, noted);
    return result;
  }

  /** Once the transaction that is under way here has committed, and not at all when it is rolled back; outside of any at once. */
  afterCommit(act: () => void): void {
    const after = this.#inside.getStore();
    if (after) after.push(act);
    else act();
  }

  /** What two processes that start together must not do at once. Does not nest. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.engine.exclusively(this.handle(), work);
  }

  async close(): Promise<void> {
    await this.signals.stop();
    await this.#db.destroy();
  }
}
