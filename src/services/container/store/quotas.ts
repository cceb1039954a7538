import type { Db } from '#kernel/db/database.ts';
import { DEFAULT_CLASS, DEFAULT_QUOTA, type Quota } from '../model/quota.ts';
import { quotaClassStore } from './quota-classes.ts';
import type { ContainerTables } from '../tables.ts';

type Executor = Db<ContainerTables>;

/** All SQL on limits. */
export const quotaStore = {
  /** The project's own limits over what identity says over the default class's. */
  async limits(db: Executor, projectId: string, given: Readonly<Record<string, number>>): Promise<Quota> {
    const rows = await db
      .selectFrom('container_quota')
      .selectAll()
      .where('project_id', '=', projectId)
      .execute();
    const known = Object.entries(given).filter(([resource]) => Object.hasOwn(DEFAULT_QUOTA, resource));
    const own = rows.map((row) => [row.resource, row.hard_limit] as const);
    return { ...(await quotaStore.defaults(db)), ...Object.fromEntries([...known, ...own]) };
  },

  async defaults(db: Executor): Promise<Quota> {
    return { ...DEFAULT_QUOTA, ...(await quotaClassStore.find(db, DEFAULT_CLASS)) };
  },

  async set(db: Executor, projectId: string, limits: Partial<Quota>): Promise<void> {
    const rows = Object.entries(limits).map(([resource, hard_limit]) => ({
      project_id: projectId,
      resource,
      hard_limit,
    }));
    if (rows.length === 0) return;
    await db
      .insertInto('container_quota')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'resource'])
          .doUpdateSet((eb) => ({ hard_limit: eb.ref('excluded.hard_limit') })),
      )
      .execute();
  },

  async reset(db: Executor, projectId: string): Promise<void> {
    await db.deleteFrom('container_quota').where('project_id', '=', projectId).execute();
  },
};
