/**
 * Which state of which row. The law of etags: no two states of a row ever share one, because every write of the row draws a
 * new one at random. A transaction that is rolled back, or a second process, cannot break it as it could a counter.
 */
export interface RowState {
  readonly id: string;
  readonly etag: string;
}

const MAX_ROWS = 5_000;

/**
 * What rows were read as, so that a list fetches and parses only those that changed since the last one. Which states a list
 * is of, the database says each time; hence nothing here can be out of date, whoever wrote the row. Values are shared
 * between their readers: they are never changed.
 */
export class RowCache<Row extends RowState, Value extends object> {
  readonly #parse: (row: Row) => Value;
  readonly #known = new Map<string, { readonly etag: string; readonly value: Value }>();

  constructor(parse: (row: Row) => Value) {
    this.#parse = parse;
  }

  /**
   * What the rows mean, in the order of `states`. `fetch` gets the rows that are not known in that state; one that has
   * changed meanwhile is given as it is by then, one that is gone is left out.
   */
  async load(
    states: readonly RowState[],
    fetch: (ids: readonly string[]) => Promise<readonly Row[]>,
  ): Promise<Value[]> {
    const found = new Map<string, Value>();
    const unknown: string[] = [];
    for (const { id, etag } of states) {
      const known = this.#known.get(id);
      if (known?.etag === etag) found.set(id, known.value);
      else unknown.push(id);
    }
    if (unknown.length > 0) for (const row of await fetch(unknown)) found.set(row.id, this.#remember(row));
    return states.flatMap(({ id }) => found.get(id) ?? []);
  }

  #remember(row: Row): Value {
    const value = this.#parse(row);
    if (this.#known.size >= MAX_ROWS) this.#known.clear();
    this.#known.set(row.id, { etag: row.etag, value });
    return value;
  }
}
