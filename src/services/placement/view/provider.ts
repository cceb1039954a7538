import type { Microversion } from '#kernel/context.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { notFound } from '#kernel/errors.ts';
import type { Allocation } from '../model/allocation.ts';
import { capacity, RATIOS, RESERVED, totals } from '../model/capacity.ts';
import type { StoredNode } from '../model/node.ts';
import { CLASS_OF, toClasses, toHeldClasses, traitsOf } from '../model/vocabulary.ts';
import type { ResourceAmounts } from '../port.ts';

const LINKS: readonly [rel: string, since: string][] = [
  ['self', '1.0'],
  ['inventories', '1.0'],
  ['usages', '1.0'],
  ['aggregates', '1.1'],
  ['traits', '1.6'],
  ['allocations', '1.11'],
];

/** A node as a resource provider, as Placement shows it. */
export const providerView = (node: StoredNode, base: string, version: Microversion) => ({
  uuid: node.id,
  name: node.hostname,
  generation: node.generation,
  links: LINKS.filter(([, since]) => isAtLeast(version, since)).map(([rel]) => ({
    rel,
    href: `${base}/resource_providers/${node.id}${rel === 'self' ? '' : `/${rel}`}`,
  })),
  ...(isAtLeast(version, '1.14') ? { parent_provider_uuid: null, root_provider_uuid: node.id } : {}),
});

const AMOUNTS = Object.keys(CLASS_OF) as (keyof ResourceAmounts)[];

const inventoryOf = (node: StoredNode, resource: keyof ResourceAmounts) => ({
  total: totals(node)[resource],
  reserved: RESERVED[resource],
  min_unit: 1,
  max_unit: Math.max(1, totals(node)[resource]),
  step_size: 1,
  allocation_ratio: RATIOS[resource],
});

export const inventoriesView = (node: StoredNode) => ({
  resource_provider_generation: node.generation,
  inventories: Object.fromEntries(
    AMOUNTS.map((resource) => [CLASS_OF[resource], inventoryOf(node, resource)]),
  ),
});

/** @throws CloudError `not-found` for a class that nodes have no inventory of. */
export function inventoryView(node: StoredNode, name: string) {
  const resource = AMOUNTS.find((one) => CLASS_OF[one] === name);
  if (!resource) throw notFound(`No inventory of class ${name} for ${node.id}`);
  return { resource_provider_generation: node.generation, ...inventoryOf(node, resource) };
}

export const usagesView = (node: StoredNode) => ({
  resource_provider_generation: node.generation,
  usages: toClasses(node.allocated),
});

export const providerTraitsView = (node: StoredNode) => ({
  resource_provider_generation: node.generation,
  traits: traitsOf(node),
});

export const aggregatesView = (node: StoredNode, version: Microversion) => ({
  aggregates: [],
  ...(isAtLeast(version, '1.19') ? { resource_provider_generation: node.generation } : {}),
});

export const providerAllocationsView = (node: StoredNode, allocations: readonly Allocation[]) => ({
  resource_provider_generation: node.generation,
  allocations: Object.fromEntries(
    allocations.map(({ consumer, resources }) => [consumer, { resources: toHeldClasses(resources) }]),
  ),
});

/** What of a node is taken, and how much of it there is to take. */
export const summaryView = (node: StoredNode, version: Microversion) => {
  const [used, whole] = [toClasses(node.allocated), capacity(node)];
  return {
    resources: Object.fromEntries(
      AMOUNTS.map((resource) => {
        const name = CLASS_OF[resource];
        return [name, { used: used[name], capacity: Math.floor(whole[resource]) }];
      }),
    ),
    ...(isAtLeast(version, '1.17') ? { traits: traitsOf(node) } : {}),
    ...(isAtLeast(version, '1.29') ? { parent_provider_uuid: null, root_provider_uuid: node.id } : {}),
  };
};
