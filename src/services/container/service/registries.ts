import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import { parseSort, type Page } from '#kernel/paging.ts';
import {
  assertDomain,
  registryAmbiguous,
  registryNotFound,
  sealContext,
  type Registry,
} from '../model/registry.ts';
import { flagOf } from '../schema/common.ts';
import type { CreateRegistryBody, ListRegistriesQuery, UpdateRegistryBody } from '../schema/registry.ts';
import { registryStore, type RegistryFilter } from '../store/registries.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

const MAX_LIMIT = 1000;

/** Zun's own `id` counts up, so it is the order of creation. */
const SORTABLE = {
  id: 'created_at',
  uuid: 'id',
  name: 'name',
  domain: 'domain',
  username: 'username',
  project_id: 'project_id',
  user_id: 'user_id',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

/** Use-cases on registries. Passwords go in and are never seen again but by nodes. */
export class RegistryService {
  readonly #deps: Pick<ContainerDeps, 'database' | 'policy' | 'clock' | 'vault'>;

  constructor(deps: Pick<ContainerDeps, 'database' | 'policy' | 'clock' | 'vault'>) {
    this.#deps = deps;
  }

  async create(ctx: Ctx, body: CreateRegistryBody): Promise<Registry> {
    assertDomain(body.domain);
    const now = isoTime(this.#deps.clock.now());
    const [id, projectId] = [newUuid(), projectOf(ctx)];
    const registry: Registry = {
      id,
      projectId,
      userId: ctx.user.id,
      name: body.name ?? null,
      domain: body.domain,
      username: body.username ?? null,
      password: await this.#seal(projectId, id, body.password),
      createdAt: now,
      updatedAt: now,
    };
    await registryStore.insert(this.#db, registry);
    return registry;
  }

  async list(ctx: Ctx, query: ListRegistriesQuery): Promise<Page<Registry>> {
    const allProjects = flagOf(query.all_projects);
    if (allProjects) this.#deps.policy.authorize(ctx, 'registry:get_all_all_projects');
    const sort = parseSort([{ key: query.sort_key ?? 'id', direction: query.sort_dir ?? 'asc' }], SORTABLE);
    const marker = query.marker === undefined ? null : (await this.get(ctx, query.marker)).id;
    const limit = Math.min(query.limit ?? MAX_LIMIT, MAX_LIMIT);
    return registryStore.list(this.#db, filterOf(ctx, query, allProjects), { limit, marker, sort });
  }

  /** By id, or by name in the caller's project. */
  async get(ctx: Ctx, ref: string, rule = 'registry:get_one'): Promise<Registry> {
    const registry = await this.#find(ref, projectOf(ctx));
    if (!registry) throw registryNotFound(ref);
    const target = { project_id: registry.projectId, user_id: registry.userId };
    this.#deps.policy.authorizeVisible(ctx, rule, target, () => registryNotFound(ref));
    return registry;
  }

  async update(ctx: Ctx, ref: string, body: UpdateRegistryBody): Promise<Registry> {
    const before = await this.get(ctx, ref, 'registry:update');
    if (body.domain !== undefined) assertDomain(body.domain);
    const after: Registry = {
      ...before,
      name: body.name ?? before.name,
      domain: body.domain ?? before.domain,
      username: body.username ?? before.username,
      password: (await this.#seal(before.projectId, before.id, body.password)) ?? before.password,
      updatedAt: isoTime(this.#deps.clock.now()),
    };
    await registryStore.update(this.#db, after);
    return after;
  }

  async delete(ctx: Ctx, ref: string): Promise<void> {
    const { id } = await this.get(ctx, ref, 'registry:delete');
    await registryStore.delete(this.#db, id);
  }

  async #find(ref: string, projectId: string): Promise<Registry | undefined> {
    const byId = isUuid(ref) ? await registryStore.find(this.#db, ref) : undefined;
    if (byId) return byId;
    const named = await registryStore.findByName(this.#db, ref, projectId);
    if (named.length > 1) throw registryAmbiguous(ref);
    return named[0];
  }

  async #seal(projectId: string, id: string, password: string | undefined): Promise<string | null> {
    return password === undefined ? null : this.#deps.vault.seal(projectId, password, sealContext(id));
  }

  get #db() {
    return this.#deps.database.handle<ContainerTables>();
  }
}

const filterOf = (ctx: Ctx, query: ListRegistriesQuery, allProjects: boolean): RegistryFilter => ({
  ...(allProjects ? {} : { projectId: projectOf(ctx) }),
  ...(query.project_id === undefined || !allProjects ? {} : { projectId: query.project_id }),
  ...(query.user_id === undefined ? {} : { userId: query.user_id }),
  ...(query.name === undefined ? {} : { name: query.name }),
  ...(query.domain === undefined ? {} : { domain: query.domain }),
  ...(query.username === undefined ? {} : { username: query.username }),
});
