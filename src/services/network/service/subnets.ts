import type { Ctx } from '#kernel/context.ts';
import { networkKind, subnetKind } from '../kinds.ts';
import { canonical, formatAddress, formatCidr, parseCidr } from '../model/addresses.ts';
import { invalid, refused } from '../model/errors.ts';
import { DHCP } from '../model/device-owner.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import {
  assertIpv6Modes,
  assertNoOverlap,
  checkedRoutes,
  checkedServiceTypes,
  gatewayOf,
  isAutoAddressed,
  poolsOf,
  subnetInUse,
  type Subnet,
} from '../model/subnet.ts';
import type { CreateSubnetBody, UpdateSubnetBody } from '../schema/subnet.ts';
import { portStore } from '../store/ports.ts';
import { subnetStore } from '../store/stores.ts';
import type { UseCaseDeps } from './deps.ts';
import { assertSamePool, rangeFor, type SubnetRange } from './pool-allocation.ts';
import { extendResolver, replacePort } from './port-writer.ts';
import { assertQuota } from './quotas.ts';
import { getVisible } from './reader.ts';
import { createEach, type Work } from './unit.ts';
import { ownerOf, pick } from './wire.ts';

/** Use-cases on subnets. */
export class SubnetService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateSubnetBody[]): Promise<Subnet[]> {
    return createEach(this.#deps.unit, bodies, (work, body) => this.createIn(ctx, work, body));
  }

  /** Part of a bigger change. */
  async createIn(ctx: Ctx, work: Work, body: CreateSubnetBody): Promise<Subnet> {
    const { tx, changes } = work;
    const network = await getVisible(tx, ctx, networkKind, body.network_id);
    this.#deps.policy.authorize(ctx, 'create_subnet', { project_id: network.projectId });
    const projectId = (body.project_id ?? body.tenant_id) ? ownerOf(ctx, body) : network.projectId;
    await assertQuota(work, projectId, 'subnet');
    const range = await rangeFor(ctx, work, body, projectId);
    const subnet = newSubnet(ctx, projectId, { ...body, ...range });
    const others = await subnetStore.list(tx, (eb) => eb('network_id', '=', network.id));
    assertSamePool(range, subnet.ipVersion, others);
    assertNoOverlap(parseCidr(subnet.cidr), others);
    await subnetStore.insert(tx, [subnet]);
    changes.touch('network', network.id);
    await extendResolver(ctx, work, subnet);
    return subnet;
  }

  update(ctx: Ctx, target: Target, body: UpdateSubnetBody): Promise<Subnet> {
    return this.#deps.unit.run(async ({ tx, changes }) => {
      const before = await this.#deps.reader.load(tx, ctx, subnetKind, { target, rule: 'update_subnet' });
      const after = changed(ctx, before, changeOf(before, body));
      await subnetStore.update(tx, after);
      changes.touch('network', after.networkId);
      const rows = await portStore.usedIn(tx, [after.id]);
      const ports = await portStore.findMany(
        tx,
        rows.map((row) => row.port_id),
      );
      if (
        before.gatewayIp !== after.gatewayIp &&
        ports.some((port) => port.deviceOwner === 'network:router_interface')
      )
        throw refused(
          'GatewayIpInUse',
          `Current gateway ip ${before.gatewayIp} already in use by a router. Unable to update.`,
        );
      changes.touch('port', ...ports.map(({ id }) => id));
      changes.touch(
        'router',
        ...ports
          .filter(({ deviceOwner }) => deviceOwner.startsWith('network:router'))
          .map(({ deviceId }) => deviceId),
      );
      return after;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const { tx, changes } = work;
      const subnet = await this.#deps.reader.load(tx, ctx, subnetKind, { target, rule: 'delete_subnet' });
      const rows = await portStore.usedIn(tx, [subnet.id]);
      const ports = await portStore.findMany(
        tx,
        rows.map((row) => row.port_id),
      );
      const released = ports.filter((port) => port.deviceOwner === DHCP || isAutoAddressed(subnet));
      if (
        released.length < ports.length ||
        ports.some(({ deviceOwner }) => deviceOwner.startsWith('network:router'))
      )
        throw subnetInUse(subnet.id);
      for (const port of released) {
        const fixedIps = port.fixedIps.filter(({ subnetId }) => subnetId !== subnet.id);
        await replacePort(ctx, work, port, { ...port, fixedIps });
      }
      await subnetStore.delete(tx, [subnet.id]);
      changes.touch('network', subnet.networkId);
    });
  }
}

type RangedBody = Omit<CreateSubnetBody, 'cidr'> & SubnetRange;

function newSubnet(ctx: Ctx, projectId: string, body: RangedBody): Subnet {
  const cidr = parseCidr(body.cidr);
  if (cidr.version !== body.ip_version)
    throw invalid(`Invalid CIDR ${body.cidr}: it is not of IP version ${body.ip_version}.`);
  if ((cidr.version === 4 && cidr.prefix > 31) || cidr.prefix === 0)
    throw invalid(`Invalid CIDR ${body.cidr}: a subnet of that size cannot be used.`);
  const raMode = body.ipv6_ra_mode ?? null;
  const addressMode = body.ipv6_address_mode ?? null;
  assertIpv6Modes(cidr, raMode, addressMode);
  const gateway = gatewayOf(cidr, body.gateway_ip);
  return {
    ...newStandard(ctx, projectId, {
      ...(body.tags ? { tags: body.tags } : {}),
      name: body.name ?? '',
      description: body.description ?? '',
    }),
    networkId: body.network_id,
    ipVersion: cidr.version,
    cidr: formatCidr(cidr),
    gatewayIp: gateway && formatAddress(gateway.version, gateway.value),
    enableDhcp: body.enable_dhcp ?? true,
    allocationPools: poolsOf(cidr, gateway, body.allocation_pools),
    dnsNameservers: (body.dns_nameservers ?? []).map(canonical),
    hostRoutes: checkedRoutes(body.host_routes ?? []),
    ipv6RaMode: raMode,
    ipv6AddressMode: addressMode,
    subnetpoolId: body.subnetpoolId,
    serviceTypes: checkedServiceTypes(body.service_types ?? []),
  };
}

function changeOf(before: Subnet, body: UpdateSubnetBody): Partial<Subnet> {
  const cidr = parseCidr(before.cidr);
  const gateway = gatewayOf(cidr, body.gateway_ip === undefined ? before.gatewayIp : body.gateway_ip);
  return {
    ...pick<Subnet>(body, 'name', 'description', 'enable_dhcp'),
    gatewayIp: gateway && formatAddress(gateway.version, gateway.value),
    allocationPools: poolsOf(cidr, gateway, body.allocation_pools ?? before.allocationPools),
    ...(body.dns_nameservers ? { dnsNameservers: body.dns_nameservers.map(canonical) } : {}),
    ...(body.service_types ? { serviceTypes: checkedServiceTypes(body.service_types) } : {}),
    ...(body.host_routes ? { hostRoutes: checkedRoutes(body.host_routes) } : {}),
  };
}
