import type { Expression, ExpressionBuilder, SelectQueryBuilder, SqlBool } from 'kysely';
import { Changes, type Change } from './changes.ts';
import { inChunks } from './chunks.ts';
import type { Db } from './database.ts';

type AnyRow = Record<string, unknown>;
type AnyTables = Record<string, AnyRow>;
export type Query = SelectQueryBuilder<AnyTables, string, AnyRow>;
export type Where = (eb: ExpressionBuilder<AnyTables, string>) => Expression<SqlBool>;

type Snake<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : S;

type Cell<V> = V extends boolean ? number : V extends string | number | null ? V : string;

/** A domain object as it is stored: snake case, flags 0 or 1, lists and objects as JSON text. `Store` converts. */
export type Row<T> = { [K in keyof T & string as Snake<K>]: Cell<T[K]> };

interface StoreOptions<T> {
  readonly table: string;
  readonly flags?: readonly (keyof T & string)[];
  readonly json?: readonly (keyof T & string)[];
  /** As what the event log tells of its objects: `network.security-group`. Without it nobody is told. */
  readonly told?: `${string}.${string}`;
}

/** What is told of an object that has it. */
type Told = Partial<Pick<Change, 'projectId' | 'name' | 'status'>>;

/** The plain SQL of one table: domain objects in and out, each property a column. */
export class Store<T extends { readonly id: string }> {
  readonly table: string;
  readonly #flags: ReadonlySet<string>;
  readonly #json: ReadonlySet<string>;
  readonly #told: readonly string[] | undefined;

  constructor({ table, flags = [], json = [], told }: StoreOptions<T>) {
    this.table = table;
    this.#flags = new Set(flags);
    this.#json = new Set(json);
    this.#told = told?.split('.');
  }

  async find<D>(db: Db<D>, id: string): Promise<T | undefined> {
    return (await this.select(db, (query) => query.where('id', '=', id)))[0];
  }

  findMany<D>(db: Db<D>, ids: readonly string[]): Promise<T[]> {
    return inChunks(ids, (chunk) => this.list(db, (eb) => eb('id', 'in', chunk)));
  }

  /** Oldest first: creation is the one order that everybody agrees on. */
  list<D>(db: Db<D>, where: Where): Promise<T[]> {
    return this.select(db, (query) => query.where(where).orderBy('created_at').orderBy('id'));
  }

  async select<D>(db: Db<D>, build: (query: Query) => Query): Promise<T[]> {
    const rows = await build(generic(db).selectFrom(this.table).selectAll()).execute();
    return rows.map((row) => this.#fromRow(row));
  }

  async insert<D>(db: Db<D>, items: readonly T[]): Promise<void> {
    if (items.length === 0) return;
    await generic(db)
      .insertInto(this.table)
      .values(items.map((item) => this.#toRow(item)))
      .execute();
    this.#note('created', items);
  }

  async update<D>(db: Db<D>, item: T): Promise<void> {
    await generic(db).updateTable(this.table).set(this.#toRow(item)).where('id', '=', item.id).execute();
    this.#note('updated', [item]);
  }

  /**
   * Writes `after` where the row is still as `before` was read: for objects whose `version` every write makes greater.
   * @returns whether it was.
   */
  async replace<D, V extends T & { readonly version: number }>(
    db: Db<D>,
    before: V,
    after: V,
  ): Promise<boolean> {
    const result = await generic(db)
      .updateTable(this.table)
      .set(this.#toRow({ ...after, version: before.version + 1 }))
      .where('id', '=', before.id)
      .where('version', '=', before.version)
      .executeTakeFirst();
    const written = result.numUpdatedRows > 0n;
    if (written) this.#note('updated', [after]);
    return written;
  }

  async delete<D>(db: Db<D>, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.deleteWhere(db, (eb) => eb('id', 'in', ids));
  }

  async deleteWhere<D>(db: Db<D>, where: Where): Promise<void> {
    const deletion = generic(db)
      .deleteFrom(this.table)
      .where(where as never);
    if (this.#told === undefined) await deletion.execute();
    else
      this.#note(
        'deleted',
        (await deletion.returningAll().execute()).map((row) => this.#fromRow(row)),
      );
  }

  /** Tells of rows that were changed by SQL of a store's own, with `returningAll()`. */
  noteRows(rows: readonly object[]): void {
    this.#note(
      'updated',
      rows.map((row) => this.#fromRow(row as AnyRow)),
    );
  }

  async count<D>(db: Db<D>, where: Where): Promise<number> {
    const { count } = await generic(db)
      .selectFrom(this.table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where(where as never)
      .executeTakeFirstOrThrow();
    return count;
  }

  columnOf(property: string): string {
    return toSnake(property);
  }

  #note(what: Change['what'], items: readonly T[]): void {
    const [service, noun] = this.#told ?? [];
    if (service === undefined || noun === undefined) return;
    for (const item of items as readonly (T & Told)[]) {
      const { id, projectId = null, name, status } = item;
      Changes.note({ service, noun, id, projectId, what, name, status });
    }
  }

  #toRow(item: T): AnyRow {
    const cells = Object.entries(item).map(([key, value]: [string, unknown]) => [
      toSnake(key),
      this.#json.has(key) ? JSON.stringify(value) : typeof value === 'boolean' ? Number(value) : value,
    ]);
    return Object.fromEntries(cells) as AnyRow;
  }

  #fromRow(row: AnyRow): T {
    const properties = Object.entries(row).map(([column, value]) => {
      const key = toCamel(column);
      if (this.#json.has(key)) return [key, JSON.parse(value as string)];
      return [key, this.#flags.has(key) ? value === 1 : value];
    });
    return Object.fromEntries(properties) as T;
  }
}

const generic = <D>(db: Db<D>): Db<AnyTables> => db as unknown as Db<AnyTables>;

const cached = (convert: (text: string) => string): ((text: string) => string) => {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text) ?? convert(text);
    known.set(text, found);
    return found;
  };
};

export const toSnake = cached((text) => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
export const toCamel = cached((text) => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
