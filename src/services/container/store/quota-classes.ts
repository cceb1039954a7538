import type { Db } from '#kernel/db/database.ts';
import type { Quota } from '../model/quota.ts';
import type { ContainerTables } from '../tables.ts';

type Executor = Db<ContainerTables>;

/** All SQL on classes of limits. */
export const quotaClassStore = {
  /** What the class says: nothing when nobody has set any of it. */
  async find(db: Executor, name: string): Promise<Partial<Quota>> {
    const rows = await db
      .selectFrom('container_quota_class')
      .selectAll()
      .where('class_name', '=', name)
      .execute();
    return Object.fromEntries(rows.map(({ resource, hard_limit }) => [resource, hard_limit]));
  },

  async set(db: Executor, name: string, limits: Partial<Quota>): Promise<void> {
    const rows = Object.entries(limits).map(([resource, hard_limit]) => ({
      class_name: name,
      resource,
      hard_limit,
    }));
    if (rows.length === 0) return;
    await db
      .insertInto('container_quota_class')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['class_name', 'resource'])
          .doUpdateSet((eb) => ({ hard_limit: eb.ref('excluded.hard_limit') })),
      )
      .execute();
  },
};
