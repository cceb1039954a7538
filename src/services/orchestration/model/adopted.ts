import { newUuid } from '#kernel/ids.ts';
import { physicalName } from './names.ts';
import { withoutCredentials, type PortrayedResource } from './portrait.ts';
import { stackReason } from './reason.ts';
import type { Resource } from './resource.ts';
import type { Stack } from './stack.ts';

/** Where a resource that will be a stack keeps what that is to adopt. */
const INNER = 'adopts';

/** What the stack that a resource will be is to adopt; undefined where that is nothing. */
export const innerAdopted = ({ data }: Resource): readonly PortrayedResource[] | undefined =>
  data[INNER] as readonly PortrayedResource[] | undefined;

export const withoutInner = ({ data }: Resource): Resource['data'] => {
  const { [INNER]: _, ...others } = data;
  return others;
};

/** A row for what is there already: the engine brings it in line with the template. */
export const adoptedRow = (
  stack: Stack,
  { name, type, resource_id, resources, ...more }: PortrayedResource,
): Resource => ({
  id: newUuid(),
  stackId: stack.id,
  name,
  type,
  madeBy: type,
  action: 'ADOPT',
  status: 'IN_PROGRESS',
  statusReason: stackReason('ADOPT', 'IN_PROGRESS'),
  physicalId: resources ? null : resource_id,
  reference: null,
  physicalName: physicalName(stack.name, name),
  properties: {},
  metadata: more.metadata,
  data: {
    ...withoutCredentials(more.resource_data),
    ...(resources && { [INNER]: Object.values(resources) }),
  },
  attributes: {},
  needs: [],
  traversal: stack.traversal,
  replacedBy: null,
  deletionPolicy: 'Delete',
  createdAt: stack.createdAt,
  updatedAt: stack.createdAt,
});
