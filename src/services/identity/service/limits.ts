import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest, forbidden } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import { regionNotFound, serviceNotFound } from '../model/catalog.ts';
import {
  limitNotFound,
  limitTaken,
  registeredLimitNotFound,
  type Limit,
  type LimitedResource,
  type RegisteredLimit,
} from '../model/limit.ts';
import { projectNotFound } from '../model/project.ts';
import type { LimitChange, NewLimit, NewRegisteredLimit, RegisteredLimitChange } from '../schema/limit.ts';
import { regionStore, serviceStore } from '../store/catalog.ts';
import { limitStore, registeredLimitStore } from '../store/limits.ts';
import { projectStore } from '../store/projects.ts';
import { handleOf, storing, type IdentityDeps } from './deps.ts';
import type { IdentityTables } from '../tables.ts';

export type LimitFilter = Partial<
  Pick<Limit, 'serviceId' | 'regionId' | 'resourceName' | 'projectId' | 'domainId'>
>;

/** Use-cases on limits, in the flat model: a project's own limit stands by itself. */
export class LimitService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  listRegistered(_ctx: Ctx, filter: Partial<LimitedResource>): Promise<RegisteredLimit[]> {
    return registeredLimitStore.list(this.#db, filter);
  }

  async getRegistered(_ctx: Ctx, id: string): Promise<RegisteredLimit> {
    const limit = await registeredLimitStore.find(this.#db, id);
    if (!limit) throw registeredLimitNotFound(id);
    return limit;
  }

  /** All of them or none. */
  async createRegistered(_ctx: Ctx, bodies: readonly NewRegisteredLimit[]): Promise<RegisteredLimit[]> {
    const limits = bodies.map((body): RegisteredLimit => ({
      id: newHexId(),
      ...resourceOf(body),
      defaultLimit: body.default_limit,
      description: body.description ?? null,
    }));
    for (const limit of limits) await this.#assertReferences(limit);
    await this.#store('registered limit', (tx) => registeredLimitStore.insert(tx, limits));
    return limits;
  }

  async updateRegistered(ctx: Ctx, id: string, change: RegisteredLimitChange): Promise<RegisteredLimit> {
    const before = await this.getRegistered(ctx, id);
    const after: RegisteredLimit = {
      id,
      serviceId: change.service_id ?? before.serviceId,
      regionId: change.region_id === undefined ? before.regionId : (change.region_id ?? ''),
      resourceName: change.resource_name ?? before.resourceName,
      defaultLimit: change.default_limit ?? before.defaultLimit,
      description: change.description === undefined ? before.description : change.description,
    };
    const isOther = (['serviceId', 'regionId', 'resourceName'] as const).some(
      (key) => after[key] !== before[key],
    );
    if (isOther) await this.#assertUnused(before);
    await this.#assertReferences(after);
    await this.#store('registered limit', (tx) => registeredLimitStore.update(tx, after));
    return after;
  }

  async deleteRegistered(ctx: Ctx, id: string): Promise<void> {
    await this.#assertUnused(await this.getRegistered(ctx, id));
    await this.#store('registered limit', (tx) => registeredLimitStore.delete(tx, id));
  }

  /** Those of one's own project and domain, or all for administrators. */
  async list(ctx: Ctx, filter: LimitFilter): Promise<Limit[]> {
    const limits = await limitStore.list(this.#db, filter);
    return limits.filter((limit) => this.#mayRead(ctx, limit));
  }

  /** The limits of each project, as far as the caller may read them. */
  async ofProjects(
    ctx: Ctx,
    projects: readonly { readonly id: string }[],
  ): Promise<ReadonlyMap<string, readonly Limit[]>> {
    if (projects.length === 0) return new Map();
    const found = await limitStore.list(this.#db, { projectId: projects.map(({ id }) => id) });
    return Map.groupBy(
      found.filter((limit) => this.#mayRead(ctx, limit)),
      ({ projectId }) => projectId,
    );
  }

  async get(ctx: Ctx, id: string): Promise<Limit> {
    const limit = await limitStore.find(this.#db, id);
    if (!limit || !this.#mayRead(ctx, limit)) throw limitNotFound(id);
    return limit;
  }

  async create(_ctx: Ctx, bodies: readonly NewLimit[]): Promise<Limit[]> {
    const limits = bodies.map((body): Limit => ({
      id: newHexId(),
      ...resourceOf(body),
      projectId: body.project_id ?? '',
      domainId: body.domain_id ?? '',
      resourceLimit: body.resource_limit,
      description: body.description ?? null,
    }));
    for (const limit of limits) await this.#assertOverrides(limit);
    await this.#store('limit', (tx) => limitStore.insert(tx, limits));
    return limits;
  }

  async update(ctx: Ctx, id: string, change: LimitChange): Promise<Limit> {
    const before = await this.get(ctx, id);
    const after: Limit = {
      ...before,
      resourceLimit: change.resource_limit ?? before.resourceLimit,
      description: change.description === undefined ? before.description : change.description,
    };
    await this.#store('limit', (tx) => limitStore.update(tx, after));
    return after;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.get(ctx, id);
    await this.#store('limit', (tx) => limitStore.delete(tx, id));
  }

  #mayRead(ctx: Ctx, { projectId, domainId }: Limit): boolean {
    return this.#deps.policy.allows(ctx, 'identity:get_limit', {
      project_id: projectId === '' ? undefined : projectId,
      domain_id: domainId === '' ? undefined : domainId,
    });
  }

  async #assertReferences({ serviceId, regionId }: LimitedResource): Promise<void> {
    if (!(await serviceStore.find(this.#db, serviceId))) throw asBadRequest(serviceNotFound(serviceId));
    if (regionId !== '' && !(await regionStore.find(this.#db, regionId)))
      throw asBadRequest(regionNotFound(regionId));
  }

  async #assertOverrides(limit: Limit): Promise<void> {
    await this.#assertReferences(limit);
    const { serviceId, regionId, resourceName, projectId, domainId } = limit;
    if ((projectId === '') === (domainId === ''))
      throw badRequest('A limit is for either a project_id or a domain_id.');
    const owner = await projectStore.find(this.#db, projectId || domainId);
    if (owner?.isDomain !== (domainId !== '')) throw asBadRequest(projectNotFound(projectId || domainId));
    const [registered] = await registeredLimitStore.list(this.#db, { serviceId, regionId, resourceName });
    if (!registered)
      throw forbidden(
        `Unable to create a limit that has no corresponding registered limit: ${resourceName}.`,
      );
  }

  async #assertUnused(limit: RegisteredLimit): Promise<void> {
    if (await limitStore.overrides(this.#db, limit))
      throw forbidden(
        `Unable to update or delete registered limit ${limit.id} because there are project limits associated with it.`,
      );
  }

  async #store(
    noun: 'registered limit' | 'limit',
    write: (tx: Db<IdentityTables>) => Promise<unknown>,
  ): Promise<void> {
    await storing(this.#deps, () => limitTaken(noun), write);
    this.#deps.identityChanged();
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

const resourceOf = (body: Pick<NewLimit, 'service_id' | 'region_id' | 'resource_name'>): LimitedResource => ({
  serviceId: body.service_id,
  regionId: body.region_id ?? '',
  resourceName: body.resource_name,
});

const asBadRequest = ({ message }: Error) => badRequest(message);
