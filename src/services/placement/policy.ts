import type { PolicyRule } from '#kernel/policy/policy.ts';

const ADMIN = 'rule:admin';

/** Names as Placement's policy has them. */
export const placementPolicy: readonly PolicyRule[] = [
  { name: 'placement:resource_providers:list', check: ADMIN, doc: 'List nodes as resource providers.' },
  { name: 'placement:resource_providers:show', check: ADMIN, doc: 'Show a node as a resource provider.' },
  { name: 'placement:resource_providers:inventories:list', check: ADMIN, doc: 'Show what a node has.' },
  { name: 'placement:resource_providers:usages', check: ADMIN, doc: 'Show what is taken of a node.' },
  {
    name: 'placement:resource_providers:aggregates:list',
    check: ADMIN,
    doc: "List a provider's aggregates.",
  },
  { name: 'placement:resource_providers:traits:list', check: ADMIN, doc: "List a provider's traits." },
  {
    name: 'placement:resource_providers:allocations:list',
    check: ADMIN,
    doc: 'List who holds what of a node.',
  },
  { name: 'placement:usages', check: 'rule:reader', doc: 'Show what a project holds.' },
  { name: 'placement:allocations:list', check: ADMIN, doc: 'Show what a consumer holds.' },
  { name: 'placement:allocations:delete', check: ADMIN, doc: 'Free what a consumer holds.' },
  { name: 'placement:allocation_candidates:list', check: ADMIN, doc: 'List where something would fit.' },
  { name: 'placement:resource_classes:list', check: ADMIN, doc: 'List resource classes.' },
  { name: 'placement:resource_classes:show', check: ADMIN, doc: 'Show a resource class.' },
  { name: 'placement:traits:list', check: ADMIN, doc: 'List traits.' },
  { name: 'placement:traits:show', check: ADMIN, doc: 'Show whether a trait exists.' },
];
