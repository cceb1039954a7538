import type { CreateTableBuilder } from 'kysely';

/**
 * The portable column vocabulary. SQLite and PostgreSQL store all of it alike: ids, times (ISO-8601 UTC), states and JSON
 * as text, flags as 0 or 1, counts and bytes as bigint. Stores convert at the edge with the helpers below.
 */
export const flag = (value: boolean): number => (value ? 1 : 0);
export const fromFlag = (value: number): boolean => value === 1;
export const json = (value: unknown): string => JSON.stringify(value);
export const fromJson = <T>(text: string): T => JSON.parse(text) as T;

/** `text` columns that may not be null. */
export const texts = <T extends string, C extends string, N extends string>(
  table: CreateTableBuilder<T, C>,
  ...names: N[]
): CreateTableBuilder<T, C | N> =>
  names.reduce<CreateTableBuilder<T, C | N>>(
    (t, name) => t.addColumn(name, 'text', (c) => c.notNull()),
    table,
  );
