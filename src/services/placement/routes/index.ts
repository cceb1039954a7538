import type { Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { NodeRegistry } from '../service/nodes.ts';
import type { PlacementService } from '../service/placement.ts';
import { allocationRoutes } from './allocations.ts';
import { candidateRoutes } from './candidates.ts';
import { inventoryRoutes } from './inventories.ts';
import { providerRoutes } from './providers.ts';
import { vocabularyRoutes } from './vocabulary.ts';
import { versionRoutes } from './versions.ts';

export interface PlacementUseCases {
  readonly registry: NodeRegistry;
  readonly allocations: PlacementService;
  readonly policy: Policy;
}

export const placementRoutes = (useCases: PlacementUseCases): Route[] => [
  ...versionRoutes(),
  ...providerRoutes(useCases),
  ...inventoryRoutes(useCases),
  ...allocationRoutes(useCases),
  ...candidateRoutes(useCases),
  ...vocabularyRoutes(useCases),
];
