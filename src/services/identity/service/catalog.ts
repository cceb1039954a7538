import { conflict } from '#kernel/errors.ts';
import type { Ctx } from '#kernel/context.ts';
import { newHexId } from '#kernel/ids.ts';
import {
  catalogFor,
  endpointNotFound,
  regionNotFound,
  serviceNotFound,
  type CatalogItem,
  type CatalogService,
  type Endpoint,
  type Interface,
  type Region,
} from '../model/catalog.ts';
import { linkedEndpoints, type EndpointGroup } from '../model/endpoint-group.ts';
import { endpointStore, regionStore, serviceStore } from '../store/catalog.ts';
import { endpointGroupStore, endpointLinkStore } from '../store/endpoint-groups.ts';
import { onChangeElsewhere } from './changes.ts';
import { handleOf, storing, type IdentityDeps } from './deps.ts';

/** Use-cases on regions, services and endpoints. The catalogue itself is kept in memory and read again when it changes. */
export class CatalogAdmin {
  readonly #deps: IdentityDeps;
  #loaded: Promise<Loaded> | undefined;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
    onChangeElsewhere(deps.database, () => this.forget());
  }

  /** What a token of this project may reach; null = a token without one. */
  async catalog(projectId: string | null): Promise<CatalogItem[]> {
    const { services, endpoints, links, groups } = await (this.#loaded ??= this.#load().catch(
      (thrown: unknown) => {
        this.forget();
        throw thrown;
      },
    ));
    const linked = linkedEndpoints(
      endpoints,
      links.get(projectId ?? '') ?? [],
      groups.get(projectId ?? '') ?? [],
    );
    return catalogFor(services, linked, projectId);
  }

  /** After a change in identity: it is read again when it is next asked for. */
  forget(): void {
    this.#loaded = undefined;
  }

  listRegions(_ctx: Ctx, filter: { parentRegionId?: string }): Promise<Region[]> {
    return regionStore.list(this.#db, filter);
  }

  async getRegion(_ctx: Ctx, id: string): Promise<Region> {
    const region = await regionStore.find(this.#db, id);
    if (!region) throw regionNotFound(id);
    return region;
  }

  async createRegion(
    ctx: Ctx,
    body: { id?: string; description?: string; parent_region_id?: string | null },
  ): Promise<Region> {
    if (body.parent_region_id) await this.getRegion(ctx, body.parent_region_id);
    const region: Region = {
      id: body.id ?? newHexId(),
      description: body.description ?? '',
      parentRegionId: body.parent_region_id ?? null,
    };
    const taken = () => conflict(`Duplicate ID, ${region.id}.`);
    return this.#changed(region, () => storing(this.#deps, taken, (tx) => regionStore.insert(tx, region)));
  }

  async updateRegion(
    ctx: Ctx,
    id: string,
    body: { description?: string; parent_region_id?: string | null },
  ): Promise<Region> {
    const before = await this.getRegion(ctx, id);
    const region: Region = {
      ...before,
      description: body.description ?? before.description,
      parentRegionId: body.parent_region_id === undefined ? before.parentRegionId : body.parent_region_id,
    };
    return this.#changed(region, () => regionStore.update(this.#db, region));
  }

  async deleteRegion(ctx: Ctx, id: string): Promise<void> {
    const region = await this.getRegion(ctx, id);
    await this.#changed(region, () => regionStore.delete(this.#db, id));
  }

  listServices(_ctx: Ctx, filter: { type?: string; name?: string }): Promise<CatalogService[]> {
    return serviceStore.list(this.#db, filter);
  }

  async getService(_ctx: Ctx, id: string): Promise<CatalogService> {
    const service = await serviceStore.find(this.#db, id);
    if (!service) throw serviceNotFound(id);
    return service;
  }

  createService(
    _ctx: Ctx,
    body: Pick<CatalogService, 'type'> & Partial<CatalogService>,
  ): Promise<CatalogService> {
    const service = { name: '', description: '', enabled: true, ...body, id: newHexId() };
    return this.#changed(service, () => serviceStore.insert(this.#db, service));
  }

  async updateService(ctx: Ctx, id: string, body: Partial<CatalogService>): Promise<CatalogService> {
    const service = { ...(await this.getService(ctx, id)), ...body, id };
    return this.#changed(service, () => serviceStore.update(this.#db, service));
  }

  async deleteService(ctx: Ctx, id: string): Promise<void> {
    const service = await this.getService(ctx, id);
    await this.#changed(service, () => serviceStore.delete(this.#db, id));
  }

  listEndpoints(
    _ctx: Ctx,
    filter: { interface?: string; serviceId?: string; regionId?: string },
  ): Promise<Endpoint[]> {
    return endpointStore.list(this.#db, filter);
  }

  async getEndpoint(_ctx: Ctx, id: string): Promise<Endpoint> {
    const endpoint = await endpointStore.find(this.#db, id);
    if (!endpoint) throw endpointNotFound(id);
    return endpoint;
  }

  async createEndpoint(ctx: Ctx, body: EndpointBody): Promise<Endpoint> {
    await this.#assertReferences(ctx, body);
    const endpoint: Endpoint = {
      id: newHexId(),
      serviceId: body.service_id,
      interface: body.interface,
      url: body.url,
      regionId: body.region_id ?? body.region ?? null,
      enabled: body.enabled ?? true,
    };
    return this.#changed(endpoint, () => endpointStore.insert(this.#db, endpoint));
  }

  async updateEndpoint(ctx: Ctx, id: string, body: Partial<EndpointBody>): Promise<Endpoint> {
    const before = await this.getEndpoint(ctx, id);
    await this.#assertReferences(ctx, body);
    const endpoint: Endpoint = {
      id,
      serviceId: body.service_id ?? before.serviceId,
      interface: body.interface ?? before.interface,
      url: body.url ?? before.url,
      regionId: body.region_id ?? body.region ?? before.regionId,
      enabled: body.enabled ?? before.enabled,
    };
    return this.#changed(endpoint, () => endpointStore.update(this.#db, endpoint));
  }

  async deleteEndpoint(ctx: Ctx, id: string): Promise<void> {
    const endpoint = await this.getEndpoint(ctx, id);
    await this.#changed(endpoint, () => endpointStore.delete(this.#db, id));
  }

  async #assertReferences(ctx: Ctx, body: Partial<EndpointBody>): Promise<void> {
    if (body.service_id !== undefined) await this.getService(ctx, body.service_id);
    if (body.region_id) await this.getRegion(ctx, body.region_id);
    else if (body.region) await this.#ensureRegion(ctx, body.region);
  }

  /** Clients from before regions had a table of their own name them without creating them. */
  async #ensureRegion(ctx: Ctx, id: string): Promise<void> {
    if (!(await regionStore.find(this.#db, id))) await this.createRegion(ctx, { id });
  }

  async #changed<T>(result: T, write: () => Promise<void>): Promise<T> {
    await write();
    this.#deps.identityChanged();
    return result;
  }

  async #load(): Promise<Loaded> {
    const [services, endpoints, links, groupLinks, groups] = await Promise.all([
      serviceStore.list(this.#db, {}),
      endpointStore.list(this.#db, {}),
      endpointLinkStore.endpoints(this.#db, {}),
      endpointLinkStore.groups(this.#db, {}),
      endpointGroupStore.list(this.#db, {}),
    ]);
    const groupById = new Map(groups.map((group) => [group.id, group]));
    return {
      services,
      endpoints,
      links: byProject(links, (link) => [link.endpointId]),
      groups: byProject(groupLinks, (link) => groupById.get(link.endpointGroupId) ?? []),
    };
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

interface Loaded {
  readonly services: readonly CatalogService[];
  readonly endpoints: readonly Endpoint[];
  /** Ids of the endpoints that are linked to a project, by its id; and the groups that are. */
  readonly links: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, readonly EndpointGroup[]>;
}

const byProject = <L extends { readonly projectId: string }, T>(
  links: readonly L[],
  pick: (link: L) => T | readonly T[],
): Map<string, T[]> => {
  const grouped = Map.groupBy(links, (link) => link.projectId);
  return new Map([...grouped].map(([id, own]) => [id, own.flatMap(pick)]));
};

export interface EndpointBody {
  readonly service_id: string;
  readonly interface: Interface;
  readonly url: string;
  readonly region_id?: string | null;
  /** The older name of `region_id`. */
  readonly region?: string | null;
  readonly enabled?: boolean;
}
