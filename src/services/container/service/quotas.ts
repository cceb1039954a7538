import type { Ctx } from '#kernel/context.ts';
import type { Quota } from '../model/quota.ts';
import { containerStore } from '../store/containers.ts';
import { quotaStore } from '../store/quotas.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

/** Use-cases on the limits of projects. */
export class QuotaService {
  readonly #deps: Pick<ContainerDeps, 'database' | 'policy' | 'identity'>;

  constructor(deps: Pick<ContainerDeps, 'database' | 'policy' | 'identity'>) {
    this.#deps = deps;
  }

  async limits(ctx: Ctx, projectId: string): Promise<Quota> {
    this.#deps.policy.authorize(ctx, 'quota:get', { project_id: projectId });
    return this.#limits(projectId);
  }

  async usage(ctx: Ctx, projectId: string): Promise<Quota> {
    this.#deps.policy.authorize(ctx, 'quota:get', { project_id: projectId });
    return containerStore.usage(this.#db, projectId);
  }

  async update(_ctx: Ctx, projectId: string, limits: Partial<Quota>): Promise<Quota> {
    await quotaStore.set(this.#db, projectId, limits);
    return this.#limits(projectId);
  }

  reset(_ctx: Ctx, projectId: string): Promise<void> {
    return quotaStore.reset(this.#db, projectId);
  }

  async #limits(projectId: string): Promise<Quota> {
    const given = await this.#deps.identity.limits('container', projectId);
    return quotaStore.limits(this.#db, projectId, given);
  }

  get #db() {
    return this.#deps.database.handle<ContainerTables>();
  }
}
