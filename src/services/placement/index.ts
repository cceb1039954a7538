import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { placementFaults } from './faults.ts';
import { createNodes } from './migrations/0001-nodes.ts';
import { addForcedDown } from './migrations/0002-forced-down.ts';
import { addCpusets } from './migrations/0003-cpusets.ts';
import { Nodes } from './nodes/nodes.ts';
import { placementPolicy } from './policy.ts';
import type { PlacementPort } from './port.ts';
import { placementRoutes } from './routes/index.ts';
import { NodeRegistry } from './service/nodes.ts';
import { PlacementService } from './service/placement.ts';
import { MICROVERSIONS } from './view/versions.ts';

export interface PlacementDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Placement {
  readonly service: Service;
  readonly port: PlacementPort;
  /** The NodePort; register sources and answers with it, and give `nodes.accept` to the SSNTP server as `onSession`. */
  readonly nodes: Nodes;
  readonly registry: NodeRegistry;
  /** Once at the start of control, after the migrations and before a node may connect. */
  start(): Promise<void>;
}

export function createPlacement(deps: PlacementDeps): Placement {
  const registry = new NodeRegistry(deps);
  const port = new PlacementService(deps);
  return {
    service: placementService({ registry, allocations: port, policy: deps.policy }),
    port,
    nodes: new Nodes({ ...deps, registry }),
    registry,
    start: () => registry.markAllDown(),
  };
}

const placementService = (useCases: {
  registry: NodeRegistry;
  allocations: PlacementService;
  policy: Policy;
}): Service =>
  defineService({
    name: 'placement',
    prefix: '/placement',
    catalog: { types: ['placement'], name: 'placement', path: '/placement' },
    microversions: MICROVERSIONS,
    faults: placementFaults,
    policy: placementPolicy,
    routes: placementRoutes(useCases),
    migrations: [createNodes, addForcedDown, addCpusets],
    reconcilers: [],
  });
