import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { DEFAULT_CLASS, DEFAULT_QUOTA, type Quota } from '../model/quota.ts';
import { containerStore } from '../store/containers.ts';
import { quotaClassStore } from '../store/quota-classes.ts';
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

  defaults(_ctx: Ctx): Promise<Quota> {
    return quotaStore.defaults(this.#db);
  }

  /** @throws CloudError `not-found` for a class of which nobody has said anything. */
  async getClass(_ctx: Ctx, name: string): Promise<Quota> {
    const limits = await quotaClassStore.find(this.#db, name);
    if (name !== DEFAULT_CLASS && Object.keys(limits).length === 0)
      throw notFound(`Quota class ${name} could not be found.`, { code: 'quota-class-not-found' });
    return { ...DEFAULT_QUOTA, ...limits };
  }

  async updateClass(_ctx: Ctx, name: string, limits: Partial<Quota>): Promise<Quota> {
    await quotaClassStore.set(this.#db, name, limits);
    return { ...DEFAULT_QUOTA, ...(await quotaClassStore.find(this.#db, name)) };
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
