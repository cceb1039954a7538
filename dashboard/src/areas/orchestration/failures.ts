import type { Resource } from './stack-parts.tsx';

export interface Failed {
  readonly resource: Resource;
  /** How deep below the stack that is looked at. */
  readonly depth: number;
}

/**
 * What failed of a stack and the stacks in it, the cause before what failed for it: a group fails because a member did. A resource knows
 * the one that its stack is made for by name alone, so that the deepest come first, and of those the ones that failed first.
 */
export function failuresOf(resources: readonly Resource[]): readonly Failed[] {
  const byName = new Map(resources.map((one) => [one.resource_name, one]));
  const depthOf = (one: Resource, guard = resources.length): number => {
    const parent = byName.get(one.parent_resource ?? '');
    return parent === undefined || parent === one || guard === 0 ? 0 : depthOf(parent, guard - 1) + 1;
  };
  return resources
    .filter(({ resource_status: status }) => status.endsWith('_FAILED'))
    .map((resource) => ({ resource, depth: depthOf(resource) }))
    .toSorted((a, b) => b.depth - a.depth || a.resource.updated_time.localeCompare(b.resource.updated_time));
}
