import type { CatalogItem, CatalogService, Endpoint, Region } from '../model/catalog.ts';

export const regionView = (region: Region, base: string) => ({
  id: region.id,
  description: region.description,
  parent_region_id: region.parentRegionId,
  links: { self: `${base}/v3/regions/${region.id}` },
});

export const serviceView = (service: CatalogService, base: string) => ({
  id: service.id,
  type: service.type,
  name: service.name,
  description: service.description,
  enabled: service.enabled,
  links: { self: `${base}/v3/services/${service.id}` },
});

export const endpointView = (endpoint: Endpoint, base: string) => ({
  id: endpoint.id,
  service_id: endpoint.serviceId,
  interface: endpoint.interface,
  url: endpoint.url,
  region: endpoint.regionId,
  region_id: endpoint.regionId,
  enabled: endpoint.enabled,
  links: { self: `${base}/v3/endpoints/${endpoint.id}` },
});

/** The catalogue as it stands in a token. */
export const catalogView = (items: readonly CatalogItem[]) =>
  items.map(({ service, endpoints }) => ({
    id: service.id,
    type: service.type,
    name: service.name,
    endpoints: endpoints.map((endpoint) => ({
      id: endpoint.id,
      interface: endpoint.interface,
      region: endpoint.regionId,
      region_id: endpoint.regionId,
      url: endpoint.url,
    })),
  }));
