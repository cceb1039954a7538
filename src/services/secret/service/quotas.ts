import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { notFound } from '#kernel/errors.ts';
import { effectiveQuota, type ProjectQuota, type Quota } from '../model/quota.ts';
import type { Listed, OffsetPage } from '../store/guarded.ts';
import { quotaStore, type QuotaOf } from '../store/quotas.ts';
import type { SecretTables } from '../tables.ts';
import type { SecretDeps } from './deps.ts';

/** Use-cases on limits. Who may do what, the routes' rules say. */
export class QuotaService {
  readonly #deps: Pick<SecretDeps, 'database'>;

  constructor(deps: Pick<SecretDeps, 'database'>) {
    this.#deps = deps;
  }

  async own(ctx: Ctx): Promise<Quota> {
    return effectiveQuota(await quotaStore.find(this.#db, projectOf(ctx)));
  }

  list(_ctx: Ctx, page: OffsetPage): Promise<Listed<QuotaOf>> {
    return quotaStore.list(this.#db, page);
  }

  async get(_ctx: Ctx, projectId: string): Promise<ProjectQuota> {
    const quota = await quotaStore.find(this.#db, projectId);
    if (!quota) throw noQuota();
    return quota;
  }

  set(_ctx: Ctx, projectId: string, quota: ProjectQuota): Promise<void> {
    return quotaStore.set(this.#db, projectId, quota);
  }

  async remove(_ctx: Ctx, projectId: string): Promise<void> {
    if (!(await quotaStore.remove(this.#db, projectId))) throw noQuota();
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}

const noQuota = () => notFound('Not Found. The project has no quotas of its own.');
