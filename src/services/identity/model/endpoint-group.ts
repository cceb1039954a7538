import { notFound, type CloudError } from '#kernel/errors.ts';
import type { Endpoint } from './catalog.ts';

/** The endpoints that fit its filters. */
export interface EndpointGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly filters: EndpointFilters;
}

export interface EndpointFilters {
  readonly interface?: string;
  readonly service_id?: string;
  readonly region_id?: string;
}

export interface ProjectEndpoint {
  readonly projectId: string;
  readonly endpointId: string;
}

export interface ProjectEndpointGroup {
  readonly projectId: string;
  readonly endpointGroupId: string;
}

export const endpointGroupNotFound = (id: string): CloudError =>
  notFound(`Could not find Endpoint Group: ${id}.`);

export const isInGroup = (endpoint: Endpoint, { filters }: EndpointGroup): boolean =>
  [undefined, endpoint.interface].includes(filters.interface as Endpoint['interface']) &&
  [undefined, endpoint.serviceId].includes(filters.service_id) &&
  [undefined, endpoint.regionId].includes(filters.region_id);

/** Which endpoints a project's catalogue has: those linked to it, itself or in groups; all when nothing is linked. */
export function linkedEndpoints(
  endpoints: readonly Endpoint[],
  linkedIds: readonly string[],
  groups: readonly EndpointGroup[],
): readonly Endpoint[] {
  if (linkedIds.length === 0 && groups.length === 0) return endpoints;
  return endpoints.filter(
    (endpoint) => linkedIds.includes(endpoint.id) || groups.some((group) => isInGroup(endpoint, group)),
  );
}
