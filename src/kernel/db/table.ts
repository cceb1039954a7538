import { toPage, type Page } from '../paging.ts';
import { flag, fromFlag, fromJson, json } from './columns.ts';
import type { Db } from './database.ts';

/** Equality on fields; a list means any of them, null means none, undefined means that it was not asked for. */
export type Where<T> = { readonly [K in keyof T]?: T[K] | readonly T[K][] | undefined };

export interface TableKinds<T> {
  /** Fields kept as JSON, in a column `<name>_json`. */
  readonly json?: readonly (keyof T & string)[];
  /** Fields kept as 0 or 1. */
  readonly flags?: readonly (keyof T & string)[];
}

type Row = Record<string, unknown>;
type Rows = Record<string, Row>;

/**
 * The plain SQL of one table whose columns are the fields of a domain type: `roleIds` lies in `role_ids_json`. For more than
 * equality a store writes its own query. The executor is a parameter, as everywhere.
 */
export class Table<T extends object> {
  readonly #name: string;
  readonly #json: ReadonlySet<string>;
  readonly #flags: ReadonlySet<string>;

  constructor(name: string, { json: jsonFields = [], flags = [] }: TableKinds<T> = {}) {
    this.#name = name;
    this.#json = new Set(jsonFields);
    this.#flags = new Set(flags);
  }

  async find<D>(db: Db<D>, where: Where<T>): Promise<T | undefined> {
    const row = await this.#select(db, where).executeTakeFirst();
    return row && this.#fromRow(row);
  }

  async list<D>(db: Db<D>, where: Where<T>, order: readonly (keyof T & string)[]): Promise<T[]> {
    let query = this.#select(db, where);
    for (const field of order) query = query.orderBy(this.#column(field));
    return (await query.execute()).map((row) => this.#fromRow(row));
  }

  /** In the order of ids, after the marker. */
  async page<D>(
    db: Db<D>,
    where: Where<T>,
    { limit, marker }: { readonly limit: number | null; readonly marker: string | null },
  ): Promise<Page<T & { readonly id: string }>> {
    let query = this.#select(db, where).orderBy('id');
    if (marker !== null) query = query.where('id', '>', marker);
    if (limit !== null) query = query.limit(limit + 1);
    const items = (await query.execute()).map((row) => this.#fromRow(row) as T & { readonly id: string });
    return toPage(items, limit);
  }

  async insert<D>(db: Db<D>, items: readonly T[]): Promise<void> {
    if (items.length === 0) return;
    await rowsOf(db)
      .insertInto(this.#name)
      .values(items.map((item) => this.#toRow(item)))
      .execute();
  }

  /** Puts it there unless something with its key is. */
  async ensure<D>(db: Db<D>, item: T): Promise<void> {
    await rowsOf(db)
      .insertInto(this.#name)
      .values(this.#toRow(item))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** @returns how many were changed. */
  async update<D>(db: Db<D>, where: Where<T>, change: Partial<T>): Promise<number> {
    let query = rowsOf(db)
      .updateTable(this.#name)
      .set(this.#toRow(change) as never);
    for (const [column, operator, value] of this.#conditions(named(where)))
      query = query.where(column, operator, value);
    return Number((await query.executeTakeFirst()).numUpdatedRows);
  }

  /** @returns how many were deleted. */
  async delete<D>(db: Db<D>, where: Where<T>): Promise<number> {
    let query = rowsOf(db).deleteFrom(this.#name);
    for (const [column, operator, value] of this.#conditions(named(where)))
      query = query.where(column, operator, value);
    return Number((await query.executeTakeFirst()).numDeletedRows);
  }

  #select<D>(db: Db<D>, where: Where<T>) {
    let query = rowsOf(db).selectFrom(this.#name).selectAll();
    for (const [column, operator, value] of this.#conditions(where))
      query = query.where(column, operator, value);
    return query;
  }

  #conditions(where: Where<T>): [string, '=' | 'in' | 'is', unknown][] {
    return Object.entries<unknown>(where).flatMap(
      ([field, value]): [string, '=' | 'in' | 'is', unknown][] => {
        if (value === undefined) return [];
        const column = this.#column(field);
        if (value === null) return [[column, 'is', null]];
        if (Array.isArray(value)) return [[column, 'in', value.length === 0 ? [null] : value]];
        return [[column, '=', typeof value === 'boolean' ? flag(value) : value]];
      },
    );
  }

  #column(field: string): string {
    return this.#json.has(field) ? `${toSnake(field)}_json` : toSnake(field);
  }

  #toRow(item: Partial<T>): Row {
    const cells = Object.entries<unknown>(item).map(([field, value]) => {
      if (this.#json.has(field)) return [this.#column(field), json(value)];
      return [this.#column(field), typeof value === 'boolean' ? flag(value) : value];
    });
    return Object.fromEntries(cells) as Row;
  }

  #fromRow(row: Row): T {
    const fields = Object.entries(row).map(([column, value]) => {
      const field = toCamel(column.replace(/_json$/, ''));
      if (this.#json.has(field)) return [field, fromJson(value as string)];
      return [field, this.#flags.has(field) ? fromFlag(value as number) : value];
    });
    return Object.fromEntries(fields) as T;
  }
}

const rowsOf = <D>(db: Db<D>): Db<Rows> => db as unknown as Db<Rows>;

/** What is changed or deleted is always named: a filter that came out empty must not mean everything. */
function named<T>(where: Where<T>): Where<T> {
  const values = Object.values(where);
  if (values.length === 0 || values.includes(undefined))
    throw new Error('A change or deletion must name all that it is about.');
  return where;
}

const toSnake = (text: string): string => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const toCamel = (text: string): string => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
