import type { Db } from '#kernel/db/database.ts';
import type { ContainerTables, NetworkRow } from '../tables.ts';

type Executor = Db<ContainerTables>;

/** All SQL on networks that operators have told of. */
export const networkStore = {
  /** @returns whether it was not there yet. */
  async insert(db: Executor, row: NetworkRow): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('container_network')
      .values(row)
      .onConflict((conflict) => conflict.column('network_id').doNothing())
      .executeTakeFirst();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  },

  /** @returns whether it was there. */
  async delete(db: Executor, networkId: string): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('container_network')
      .where('network_id', '=', networkId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  },
};
