import type { Ctx } from '#kernel/context.ts';
import { projectOf } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Route } from '#kernel/http/route.ts';
import {
  floatingIpKind,
  groupKind,
  networkKind,
  portKind,
  routerKind,
  ruleKind,
  subnetKind,
} from '../kinds.ts';
import { defaultRuleKind, forwardingKind, rbacKind } from '../kinds-extra.ts';
import { CreateFloatingIp, UpdateFloatingIp } from '../schema/floating-ip.ts';
import { CreateNetwork, UpdateNetwork } from '../schema/network.ts';
import { CreatePort, UpdatePort } from '../schema/port.ts';
import { CreateForwarding, UpdateForwarding } from '../schema/port-forwarding.ts';
import { CreateRouter, UpdateRouter } from '../schema/router.ts';
import { CreateDefaultRule, CreateGroup, CreateRule, UpdateGroup } from '../schema/security-group.ts';
import { CreateRbac, UpdateRbac } from '../schema/sharing.ts';
import { CreateSubnet, UpdateSubnet } from '../schema/subnet.ts';
import { AddressGroupService } from '../service/address-groups.ts';
import { AddressScopeService } from '../service/address-scopes.ts';
import { AutoTopologyService } from '../service/auto-topology.ts';
import { AvailabilityService } from '../service/availability.ts';
import { BindingService } from '../service/bindings.ts';
import { DefaultRuleService } from '../service/default-rules.ts';
import type { UseCaseDeps } from '../service/deps.ts';
import { FloatingIpService } from '../service/floating-ips.ts';
import { NetworkService } from '../service/networks.ts';
import { PortForwardingService } from '../service/port-forwardings.ts';
import { PortService } from '../service/ports.ts';
import { QosService } from '../service/qos.ts';
import { RbacService } from '../service/rbac.ts';
import { RouterInterfaceService } from '../service/router-interfaces.ts';
import { RouterService } from '../service/routers.ts';
import { SecurityGroupRuleService, SecurityGroupService } from '../service/security-groups.ts';
import { SubnetPoolService } from '../service/subnet-pools.ts';
import { SubnetService } from '../service/subnets.ts';
import { TagService } from '../service/tags.ts';
import { TrunkService } from '../service/trunks.ts';
import { addressingRoutes } from './addressing.ts';
import { bindingRoutes } from './bindings.ts';
import { nestedRoutes } from './nested.ts';
import { qosRoutes } from './qos.ts';
import { resourceRoutes, type Common } from './resource.ts';
import { routerRoutes } from './routers.ts';
import { autoTopologyRoutes, availabilityRoutes } from './topology.ts';
import { trunkRoutes } from './trunks.ts';

/** Every object of this service, with the use-cases behind its calls. */
export function objectRoutes(deps: UseCaseDeps, database: Database): Route[] {
  const common: Common = { reader: deps.reader, tags: new TagService(deps) };
  const networks = new NetworkService(deps);
  const subnets = new SubnetService(deps);
  const routers = new RouterService(deps);
  const { unit } = deps;
  return [
    ...resourceRoutes({
      ...common,
      kind: networkKind,
      schemas: { create: CreateNetwork, update: UpdateNetwork },
      useCases: networks,
    }),
    ...resourceRoutes({
      ...common,
      kind: subnetKind,
      schemas: { create: CreateSubnet, update: UpdateSubnet },
      useCases: subnets,
    }),
    ...resourceRoutes({
      ...common,
      kind: portKind,
      schemas: { create: CreatePort, update: UpdatePort },
      useCases: new PortService(deps),
    }),
    ...bindingRoutes(new BindingService(deps)),
    ...groupRoutes(deps, common),
    ...resourceRoutes({
      ...common,
      kind: routerKind,
      schemas: { create: CreateRouter, update: UpdateRouter },
      useCases: routers,
    }),
    ...routerRoutes({ routers, interfaces: new RouterInterfaceService(deps), reader: deps.reader }),
    ...floatingIpRoutes(deps, common),
    ...resourceRoutes({
      reader: deps.reader,
      tags: null,
      kind: rbacKind,
      schemas: { create: CreateRbac, update: UpdateRbac },
      useCases: new RbacService(deps),
    }),
    ...addressingRoutes(common, {
      pools: new SubnetPoolService(deps),
      scopes: new AddressScopeService(deps),
      addressGroups: new AddressGroupService(deps),
    }),
    ...qosRoutes(common, new QosService(deps)),
    ...trunkRoutes(common, new TrunkService(deps)),
    ...availabilityRoutes(new AvailabilityService(database)),
    ...autoTopologyRoutes(new AutoTopologyService({ unit, networks, subnets, routers })),
  ];
}

function groupRoutes(deps: UseCaseDeps, common: Common): Route[] {
  const groups = new SecurityGroupService(deps);
  const prepare = (ctx: Ctx, asked: readonly string[]) =>
    groups.ensureDefault(ctx, (ctx.isAdmin ? asked.at(-1) : undefined) ?? projectOf(ctx));
  return [
    ...resourceRoutes({
      ...common,
      kind: groupKind,
      schemas: { create: CreateGroup, update: UpdateGroup },
      prepare,
      useCases: groups,
    }),
    ...resourceRoutes({
      reader: deps.reader,
      tags: null,
      kind: ruleKind,
      schemas: { create: CreateRule, update: null },
      prepare,
      useCases: new SecurityGroupRuleService(deps),
    }),
    ...resourceRoutes({
      reader: deps.reader,
      tags: null,
      kind: defaultRuleKind,
      schemas: { create: CreateDefaultRule, update: null },
      useCases: new DefaultRuleService(deps),
    }),
  ];
}

const floatingIpRoutes = (deps: UseCaseDeps, common: Common): Route[] => [
  ...resourceRoutes({
    ...common,
    kind: floatingIpKind,
    schemas: { create: CreateFloatingIp, update: UpdateFloatingIp },
    useCases: new FloatingIpService(deps),
  }),
  ...nestedRoutes({
    reader: deps.reader,
    parent: floatingIpKind,
    by: 'floating_ip_id',
    kind: forwardingKind,
    word: 'floatingip_port_forwarding',
    schemas: { create: CreateForwarding, update: UpdateForwarding },
    useCases: new PortForwardingService(deps),
  }),
];
