import { sql, type Expression, type SqlBool } from 'kysely';

/** Which part of a list that is ordered by name, then by id. */
export interface PageOf {
  /** Null = all that follows. */
  readonly limit: number | null;
  /** The last one already seen. */
  readonly after: { readonly name: string; readonly id: string } | null;
}

export const WHOLE: PageOf = { limit: null, after: null };

/** The condition "comes after"; in a form that an index on name and id serves. */
export const follows = ({ name, id }: { name: string; id: string }): Expression<SqlBool> =>
  sql<SqlBool>`(name > ${name} or (name = ${name} and id > ${id}))`;
