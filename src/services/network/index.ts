import type { Clock } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { projectOf } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Route } from '#kernel/http/route.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { DesiredSource, NodePort } from '#services/placement/port.ts';
import { nodeAddresses } from './desired/node-addresses.ts';
import { Pusher } from './desired/pusher.ts';
import { NetworkSource } from './desired/source.ts';
import {
  floatingIpKind,
  groupKind,
  networkKind,
  portKind,
  routerKind,
  ruleKind,
  subnetKind,
} from './kinds.ts';
import { LocalNetworkPort } from './local-port.ts';
import { createCore } from './migrations/0001-core.ts';
import { neutronFaults } from './model/errors.ts';
import { networkPolicy } from './policy.ts';
import type { NetworkPort } from './port.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { withJsonSuffix } from './routes/json-suffix.ts';
import { quotaRoutes } from './routes/quotas.ts';
import { resourceRoutes } from './routes/resource.ts';
import { routerRoutes } from './routes/routers.ts';
import { CreateFloatingIp, UpdateFloatingIp } from './schema/floating-ip.ts';
import { CreateNetwork, UpdateNetwork } from './schema/network.ts';
import { CreatePort, UpdatePort } from './schema/port.ts';
import { CreateRouter, UpdateRouter } from './schema/router.ts';
import { CreateGroup, CreateRule, UpdateGroup } from './schema/security-group.ts';
import { CreateSubnet, UpdateSubnet } from './schema/subnet.ts';
import type { UseCaseDeps } from './service/deps.ts';
import { FloatingIpService } from './service/floating-ips.ts';
import { NetworkService } from './service/networks.ts';
import { PortService } from './service/ports.ts';
import { QuotaService } from './service/quotas.ts';
import { Reader } from './service/reader.ts';
import { RouterInterfaceService } from './service/router-interfaces.ts';
import { RouterPlacement } from './service/router-placement.ts';
import { RouterService } from './service/routers.ts';
import { SecurityGroupRuleService, SecurityGroupService } from './service/security-groups.ts';
import { SubnetService } from './service/subnets.ts';
import { TagService } from './service/tags.ts';
import { Unit } from './service/unit.ts';

export { networkPolicy };

export interface NetworkDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly nodes: NodePort;
  readonly clock: Clock;
  readonly log: Logger;
  /** Search domain of networks that have none: `openstacklocal.`. */
  readonly dnsDomain?: string;
}

export interface NetworkParts {
  readonly service: Service;
  readonly port: NetworkPort;
  readonly source: DesiredSource;
}

export function createNetwork(deps: NetworkDeps): NetworkParts {
  const { database, policy, nodes, log } = deps;
  const domain = deps.dnsDomain ?? 'openstacklocal.';
  const addresses = () => nodeAddresses(nodes, deps);
  const unit = new Unit(database, new Pusher({ database, nodes, log, domain, addresses }));
  const routers = new RouterPlacement({ database, unit, nodes, clock: deps.clock, log });
  const reader = new Reader(database, policy);
  const useCases: UseCaseDeps = { unit, reader, policy, nodes };
  return {
    service: defineService({
      name: 'network',
      prefix: '/network',
      catalog: { types: ['network'], name: 'neutron', path: '/network' },
      faults: neutronFaults,
      policy: networkPolicy,
      routes: withJsonSuffix([
        ...discoveryRoutes(nodes, policy),
        ...objectRoutes(useCases),
        ...quotaRoutes(new QuotaService(database), policy),
      ]),
      migrations: [createCore],
      reconcilers: [routers],
    }),
    port: new LocalNetworkPort({ ...useCases, database, domain }),
    source: new NetworkSource(database, async () => ({ domain, addresses: await addresses() })),
  };
}

function objectRoutes(deps: UseCaseDeps): Route[] {
  const { reader } = deps;
  const common = { reader, tags: new TagService(deps) };
  const groups = new SecurityGroupService(deps);
  const routers = new RouterService(deps);
  const prepare = (ctx: Ctx, asked: readonly string[]) =>
    groups.ensureDefault(ctx, (ctx.isAdmin ? asked.at(-1) : undefined) ?? projectOf(ctx));
  return [
    ...resourceRoutes({
      ...common,
      kind: networkKind,
      schemas: {
        create: CreateNetwork,
        update: UpdateNetwork,
      },
      useCases: new NetworkService(deps),
    }),
    ...resourceRoutes({
      ...common,
      kind: subnetKind,
      schemas: {
        create: CreateSubnet,
        update: UpdateSubnet,
      },
      useCases: new SubnetService(deps),
    }),
    ...resourceRoutes({
      ...common,
      kind: portKind,
      schemas: {
        create: CreatePort,
        update: UpdatePort,
      },
      useCases: new PortService(deps),
    }),
    ...resourceRoutes({
      ...common,
      kind: groupKind,
      schemas: {
        create: CreateGroup,
        update: UpdateGroup,
      },
      prepare,
      useCases: groups,
    }),
    ...resourceRoutes({
      reader,
      tags: null,
      kind: ruleKind,
      schemas: {
        create: CreateRule,
        update: null,
      },
      prepare,
      useCases: new SecurityGroupRuleService(deps),
    }),
    ...resourceRoutes({
      ...common,
      kind: routerKind,
      schemas: {
        create: CreateRouter,
        update: UpdateRouter,
      },
      useCases: routers,
    }),
    ...routerRoutes({ routers, interfaces: new RouterInterfaceService(deps), reader }),
    ...resourceRoutes({
      ...common,
      kind: floatingIpKind,
      schemas: {
        create: CreateFloatingIp,
        update: UpdateFloatingIp,
      },
      useCases: new FloatingIpService(deps),
    }),
  ];
}
