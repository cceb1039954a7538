import type { Db } from '#kernel/db/database.ts';
import { assertWithinQuota, effectiveQuota, type Counted, type ProjectQuota } from '../model/quota.ts';
import type { QuotaRow, SecretTables } from '../tables.ts';
import type { Listed, OffsetPage } from './guarded.ts';

type Executor = Db<SecretTables>;

const TABLES = {
  secrets: 'secret',
  orders: 'secret_order',
  containers: 'secret_container',
  consumers: 'secret_consumer',
} as const;

export interface QuotaOf {
  readonly projectId: string;
  readonly quota: ProjectQuota;
}

/** All SQL on limits. */
export const quotaStore = {
  async find(db: Executor, projectId: string): Promise<ProjectQuota | undefined> {
    const row = await db
      .selectFrom('secret_quota')
      .selectAll()
      .where('project_id', '=', projectId)
      .executeTakeFirst();
    return row && quotaOf(row);
  },

  async list(db: Executor, page: OffsetPage): Promise<Listed<QuotaOf>> {
    const all = db.selectFrom('secret_quota');
    const count = await all.select((e) => e.fn.countAll().as('total')).executeTakeFirst();
    const rows = await all.selectAll().orderBy('project_id').limit(page.limit).offset(page.offset).execute();
    const items = rows.map((row) => ({ projectId: row.project_id, quota: quotaOf(row) }));
    return { items, total: Number(count?.total ?? 0) };
  },

  async set(db: Executor, projectId: string, quota: ProjectQuota): Promise<void> {
    await db
      .insertInto('secret_quota')
      .values({ project_id: projectId, ...quota })
      .onConflict((conflict) => conflict.column('project_id').doUpdateSet(quota))
      .execute();
  },

  async remove(db: Executor, projectId: string): Promise<boolean> {
    const done = await db.deleteFrom('secret_quota').where('project_id', '=', projectId).executeTakeFirst();
    return done.numDeletedRows > 0n;
  },

  /** Whether so many more fit. Counts only where there is a limit. @throws CloudError `quota` */
  async assertRoom(tx: Executor, projectId: string, resource: Counted, more = 1): Promise<void> {
    const limit = effectiveQuota(await quotaStore.find(tx, projectId))[resource];
    if (limit < 0) return;
    const row = await tx
      .selectFrom(TABLES[resource])
      .select((e) => e.fn.countAll().as('total'))
      .where('project_id', '=', projectId)
      .executeTakeFirst();
    assertWithinQuota(resource, limit, Number(row?.total ?? 0) + more);
  },
};

const quotaOf = ({ secrets, orders, containers, consumers, cas }: QuotaRow): ProjectQuota => ({
  secrets,
  orders,
  containers,
  consumers,
  cas,
});
