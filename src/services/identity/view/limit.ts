import type { Limit, RegisteredLimit } from '../model/limit.ts';

const orNull = (text: string): string | null => (text === '' ? null : text);

export const registeredLimitView = (limit: RegisteredLimit, base: string) => ({
  id: limit.id,
  service_id: limit.serviceId,
  region_id: orNull(limit.regionId),
  resource_name: limit.resourceName,
  default_limit: limit.defaultLimit,
  description: limit.description,
  links: { self: `${base}/v3/registered_limits/${limit.id}` },
});

export const limitView = (limit: Limit, base: string) => ({
  id: limit.id,
  service_id: limit.serviceId,
  region_id: orNull(limit.regionId),
  resource_name: limit.resourceName,
  resource_limit: limit.resourceLimit,
  project_id: orNull(limit.projectId),
  domain_id: orNull(limit.domainId),
  description: limit.description,
  links: { self: `${base}/v3/limits/${limit.id}` },
});
