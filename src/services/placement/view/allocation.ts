import type { Microversion } from '#kernel/context.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { Allocation } from '../model/allocation.ts';
import type { StoredNode } from '../model/node.ts';
import { toHeldClasses } from '../model/vocabulary.ts';
import type { ResourceAmounts } from '../port.ts';
import { summaryView } from './provider.ts';

/** What a consumer holds; nothing is no error. */
export function allocationsView(
  allocation: Allocation | undefined,
  node: StoredNode | undefined,
  version: Microversion,
) {
  if (!allocation || !node) return { allocations: {} };
  const { resources, projectId, userId } = allocation;
  return {
    allocations: { [node.id]: { generation: node.generation, resources: toHeldClasses(resources) } },
    ...(isAtLeast(version, '1.12') ? { project_id: projectId, user_id: userId } : {}),
    ...(isAtLeast(version, '1.28') ? { consumer_generation: 1 } : {}),
  };
}

export function candidatesView(nodes: readonly StoredNode[], asked: ResourceAmounts, version: Microversion) {
  const resources = toHeldClasses(asked);
  return {
    allocation_requests: nodes.map(({ id }) => ({
      allocations: isAtLeast(version, '1.12')
        ? { [id]: { resources } }
        : [{ resource_provider: { uuid: id }, resources }],
      ...(isAtLeast(version, '1.34') ? { mappings: { '': [id] } } : {}),
    })),
    provider_summaries: Object.fromEntries(nodes.map((node) => [node.id, summaryView(node, version)])),
  };
}
