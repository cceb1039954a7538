import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import type { DesiredSource, NodePort } from '#services/placement/port.ts';
import { nodeAddresses } from './desired/node-addresses.ts';
import { Pusher } from './desired/pusher.ts';
import { NetworkSource } from './desired/source.ts';
import { LocalNetworkPort } from './local-port.ts';
import { MetadataService } from './metadata/service.ts';
import { createCore } from './migrations/0001-core.ts';
import { addSharing } from './migrations/0002-sharing.ts';
import { addTraffic } from './migrations/0003-traffic.ts';
import { neutronFaults } from './model/errors.ts';
import { DEFAULT_DOMAIN } from './model/network.ts';
import { networkPolicy } from './policy.ts';
import type { NetworkPort } from './port.ts';
import { agentRoutes } from './routes/agents.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { withJsonSuffix } from './routes/json-suffix.ts';
import { objectRoutes } from './routes/objects.ts';
import { quotaRoutes } from './routes/quotas.ts';
import { AgentService } from './service/agents.ts';
import type { UseCaseDeps } from './service/deps.ts';
import { QuotaService } from './service/quotas.ts';
import { Reader } from './service/reader.ts';
import { RouterPlacement } from './service/router-placement.ts';
import type { Segments } from './service/segments.ts';
import { Unit } from './service/unit.ts';

export { networkPolicy };

const ALL_VNIS: Segments = { physicalNetworks: [], vnis: { first: 1, last: 16_777_215 } };

export interface NetworkDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly nodes: NodePort;
  readonly identity: Pick<IdentityPort, 'limits'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Physical networks, and the numbers that networks are given. */
  readonly segments?: Partial<Segments>;
}

export interface NetworkParts {
  readonly service: Service;
  readonly port: NetworkPort;
  readonly source: DesiredSource;
  readonly metadata: MetadataService;
}

export function createNetwork(deps: NetworkDeps): NetworkParts {
  const { database, policy, nodes, log, identity } = deps;
  const domain = DEFAULT_DOMAIN;
  const addresses = () => nodeAddresses(nodes, deps);
  const unit = new Unit(database, new Pusher({ database, nodes, log, domain, addresses }), identity);
  const routers = new RouterPlacement({ database, unit, nodes, clock: deps.clock, log });
  const reader = new Reader(database, policy);
  const segments = { ...ALL_VNIS, ...deps.segments };
  const useCases: UseCaseDeps = { unit, reader, policy, nodes, segments };
  return {
    service: defineService({
      name: 'network',
      prefix: '/network',
      catalog: { types: ['network'], name: 'neutron', path: '/network' },
      faults: neutronFaults,
      policy: networkPolicy,
      routes: withJsonSuffix([
        ...discoveryRoutes(),
        ...agentRoutes({ agents: new AgentService({ database, nodes, unit }), policy, reader }),
        ...objectRoutes(useCases, database),
        ...quotaRoutes(new QuotaService(database, identity), policy),
      ]),
      migrations: [createCore, addSharing, addTraffic],
      reconcilers: [routers],
    }),
    port: new LocalNetworkPort({ ...useCases, database, domain }),
    metadata: new MetadataService(database),
    source: new NetworkSource(database, async () => ({ domain, addresses: await addresses() })),
  };
}
