import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { ConsumerRow, SecretTables } from '../tables.ts';
import type { Listed, OffsetPage } from './guarded.ts';

type Executor = Db<SecretTables>;

/** What uses a secret (service, resource_type, resource_id) or a container (name, URL), in the upstream's words. */
export type ConsumerName = Readonly<Record<string, string>>;

export interface Consumer {
  readonly name: ConsumerName;
  readonly createdAt: string;
}

/** All SQL on what uses secrets and containers. */
export const consumerStore = {
  /** Of many objects, in one query. */
  async ofAll(db: Executor, objectIds: readonly string[]): Promise<ReadonlyMap<string, ConsumerName[]>> {
    if (objectIds.length === 0) return new Map();
    const rows = await db
      .selectFrom('secret_consumer')
      .selectAll()
      .where('object_id', 'in', objectIds)
      .orderBy('created_at')
      .orderBy('what_json')
      .execute();
    const byObject = Map.groupBy(rows, (row) => row.object_id);
    return new Map([...byObject].map(([id, own]) => [id, own.map((row) => fromRow(row).name)]));
  },

  async list(db: Executor, objectId: string, page: OffsetPage): Promise<Listed<Consumer>> {
    const own = db.selectFrom('secret_consumer').where('object_id', '=', objectId);
    const count = await own.select((e) => e.fn.countAll().as('total')).executeTakeFirst();
    const rows = await own
      .selectAll()
      .orderBy('created_at')
      .orderBy('what_json')
      .limit(page.limit)
      .offset(page.offset)
      .execute();
    return { items: rows.map(fromRow), total: Number(count?.total ?? 0) };
  },

  /** @returns whether it is new. */
  async add(tx: Executor, row: Omit<ConsumerRow, 'what_json'>, name: ConsumerName): Promise<boolean> {
    const done = await tx
      .insertInto('secret_consumer')
      .values({ ...row, what_json: textOf(name) })
      .onConflict((conflict) => conflict.columns(['object_id', 'what_json']).doNothing())
      .executeTakeFirst();
    return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
  },

  async remove(db: Executor, objectId: string, name: ConsumerName): Promise<boolean> {
    const done = await db
      .deleteFrom('secret_consumer')
      .where('object_id', '=', objectId)
      .where('what_json', '=', textOf(name))
      .executeTakeFirst();
    return done.numDeletedRows > 0n;
  },
};

/** The same text for the same name, in whatever order it was written. */
const textOf = (name: ConsumerName): string =>
  json(Object.fromEntries(Object.entries(name).toSorted(([a], [b]) => (a < b ? -1 : 1))));

const fromRow = (row: ConsumerRow): Consumer => ({
  name: fromJson<ConsumerName>(row.what_json),
  createdAt: row.created_at,
});
