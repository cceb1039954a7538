import type { Db } from '#kernel/db/database.ts';
import type { SecretTables } from '../tables.ts';

type Executor = Db<SecretTables>;
export type Metadata = Readonly<Record<string, string>>;

/** All SQL on what users note about secrets. */
export const metadataStore = {
  async get(db: Executor, secretId: string): Promise<Metadata> {
    const rows = await db
      .selectFrom('secret_metadata')
      .select(['key', 'value'])
      .where('secret_id', '=', secretId)
      .orderBy('key')
      .execute();
    return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  },

  async replace(tx: Executor, secretId: string, metadata: Metadata): Promise<void> {
    await tx.deleteFrom('secret_metadata').where('secret_id', '=', secretId).execute();
    const rows = Object.entries(metadata).map(([key, value]) => ({ secret_id: secretId, key, value }));
    if (rows.length > 0) await tx.insertInto('secret_metadata').values(rows).execute();
  },

  /** @returns whether the key is new. */
  async add(db: Executor, secretId: string, key: string, value: string): Promise<boolean> {
    const done = await db
      .insertInto('secret_metadata')
      .values({ secret_id: secretId, key, value })
      .onConflict((conflict) => conflict.columns(['secret_id', 'key']).doNothing())
      .executeTakeFirst();
    return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
  },

  /** @returns whether it was there. */
  async set(db: Executor, secretId: string, key: string, value: string): Promise<boolean> {
    const done = await db
      .updateTable('secret_metadata')
      .set({ value })
      .where('secret_id', '=', secretId)
      .where('key', '=', key)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },

  async remove(db: Executor, secretId: string, key: string): Promise<boolean> {
    const done = await db
      .deleteFrom('secret_metadata')
      .where('secret_id', '=', secretId)
      .where('key', '=', key)
      .executeTakeFirst();
    return done.numDeletedRows > 0n;
  },
};
