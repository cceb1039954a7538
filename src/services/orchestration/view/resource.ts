import { stateOf } from '../model/stack.ts';
import type { PlacedResource } from '../service/resources.ts';
import type { JsonMap } from '../template/json.ts';
import { link, resourceUrl, stackUrl } from './links.ts';
import { wireTime } from './stack.ts';

/** A resource in a list. */
export const resourceItemView = (
  { resource, stack, requiredBy, nested }: Omit<PlacedResource, 'description'>,
  base: string,
) => ({
  resource_name: resource.name,
  logical_resource_id: resource.name,
  physical_resource_id: resource.physicalId ?? '',
  resource_type: resource.type,
  resource_status: stateOf(resource),
  resource_status_reason: resource.statusReason,
  required_by: requiredBy,
  creation_time: wireTime(resource.createdAt),
  updated_time: wireTime(resource.updatedAt),
  ...(stack.parentResource !== null && { parent_resource: stack.parentResource }),
  links: [
    link(resourceUrl(base, stack, resource.name)),
    link(stackUrl(base, stack), 'stack'),
    ...(nested ? [link(stackUrl(base, nested), 'nested')] : []),
  ],
});

export const resourceView = (placed: PlacedResource, attributes: JsonMap | undefined, base: string) => ({
  ...resourceItemView(placed, base),
  description: placed.description,
  ...(attributes && { attributes }),
});
