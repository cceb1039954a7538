import { notFound, type CloudError } from '#kernel/errors.ts';

export interface Region {
  readonly id: string;
  readonly description: string;
  readonly parentRegionId: string | null;
}

export interface CatalogService {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
}

export const INTERFACES = ['public', 'internal', 'admin'] as const;
export type Interface = (typeof INTERFACES)[number];

export interface Endpoint {
  readonly id: string;
  readonly serviceId: string;
  readonly interface: Interface;
  /** May hold `$(project_id)s` or `%(project_id)s`, also in the `tenant_id` spelling. */
  readonly url: string;
  readonly regionId: string | null;
  readonly enabled: boolean;
}

/** A service as a token's catalogue shows it. */
export interface CatalogItem {
  readonly service: CatalogService;
  readonly endpoints: readonly Endpoint[];
}

const PROJECT = /[$%]\((project_id|tenant_id)\)s/g;

/** The catalogue of one scope: URLs filled in; those that need a project are left out when there is none. */
export function catalogFor(
  services: readonly CatalogService[],
  endpoints: readonly Endpoint[],
  projectId: string | null,
): CatalogItem[] {
  const usable = endpoints
    .filter((endpoint) => endpoint.enabled && (projectId !== null || endpoint.url.search(PROJECT) < 0))
    .map((endpoint) => ({ ...endpoint, url: endpoint.url.replaceAll(PROJECT, projectId ?? '') }));
  const byService = Map.groupBy(usable, (endpoint) => endpoint.serviceId);
  return services
    .filter((service) => service.enabled)
    .map((service) => ({ service, endpoints: byService.get(service.id) ?? [] }));
}

export const regionNotFound = (id: string): CloudError => notFound(`Could not find region: ${id}.`);
export const serviceNotFound = (id: string): CloudError => notFound(`Could not find service: ${id}.`);
export const endpointNotFound = (id: string): CloudError => notFound(`Could not find endpoint: ${id}.`);
