import type { Ctx } from '#kernel/context.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { networkKind } from '../kinds.ts';
import { networkError, refused } from '../model/errors.ts';
import { ROUTER_GATEWAY } from '../model/device-owner.ts';
import type { Router } from '../model/router.ts';
import type { GatewayInfoBody, UpdateRouterBody } from '../schema/router.ts';
import { portStore } from '../store/ports.ts';
import { routerStore } from '../store/stores.ts';
import type { AddressRequest } from './allocator.ts';
import { insertPorts, planPort, removePorts } from './port-writer.ts';
import { getVisible } from './reader.ts';
import type { Work } from './unit.ts';

export interface GatewayWish {
  readonly networkId: string;
  readonly snat: boolean | undefined;
  readonly addresses: readonly AddressRequest[] | undefined;
}

/** What a body says of the gateway: undefined = nothing, null = there shall be none. SNAT and addresses are the administrators' to choose. */
export function gatewayWish(
  ctx: Ctx,
  policy: Policy,
  info: UpdateRouterBody['external_gateway_info'],
): GatewayWish | null | undefined {
  if (info === undefined) return undefined;
  if (info === null || !('network_id' in info)) return null;
  const { network_id, enable_snat, external_fixed_ips }: GatewayInfoBody = info;
  if (enable_snat !== undefined) policy.authorize(ctx, 'create_router:external_gateway_info:enable_snat');
  if (external_fixed_ips !== undefined)
    policy.authorize(ctx, 'create_router:external_gateway_info:external_fixed_ips');
  const addresses = external_fixed_ips?.map((ip) => ({ subnetId: ip.subnet_id, address: ip.ip_address }));
  return { networkId: network_id, snat: enable_snat, addresses };
}

/** Gives the router the gateway it should have, and stores it. */
export async function setGateway(
  ctx: Ctx,
  work: Work,
  router: Router,
  wish: GatewayWish | null,
): Promise<Router> {
  const keeps = wish !== null && wish.networkId === router.gatewayNetworkId && !wish.addresses;
  const cleared = keeps ? router : await clearGateway(work, router, wish?.networkId ?? null);
  const opened = keeps || wish === null ? cleared : await openGateway(ctx, work, cleared, wish);
  const after = { ...opened, enableSnat: wish?.snat ?? (keeps ? router.enableSnat : true) };
  await routerStore.update(work.tx, after);
  work.changes.touch('router', router.id);
  return after;
}

async function clearGateway(work: Work, router: Router, next: string | null): Promise<Router> {
  if (router.gatewayPortId === null) return router;
  if (next !== router.gatewayNetworkId) await assertNoFloatingIps(work, router);
  await removePorts(work, await portStore.findMany(work.tx, [router.gatewayPortId]));
  work.changes.touch('network', router.gatewayNetworkId ?? '');
  return { ...router, gatewayNetworkId: null, gatewayPortId: null };
}

async function assertNoFloatingIps({ tx }: Work, router: Router): Promise<void> {
  const used = await tx
    .selectFrom('network_floating_ip')
    .select('id')
    .where('router_id', '=', router.id)
    .executeTakeFirst();
  if (used)
    throw refused(
      'RouterExternalGatewayInUseByFloatingIp',
      `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${router.gatewayNetworkId} is required by one or more floating IPs.`,
    );
}

async function openGateway(ctx: Ctx, work: Work, router: Router, wish: GatewayWish): Promise<Router> {
  const network = await getVisible(work.tx, ctx, networkKind, wish.networkId);
  if (!network.external)
    throw networkError(
      'bad-request',
      'BadRequest',
      `Bad router request: Network ${network.id} is not an external network.`,
    );
  const port = await planPort(
    ctx,
    work,
    {
      projectId: '',
      networkId: network.id,
      deviceId: router.id,
      deviceOwner: ROUTER_GATEWAY,
      host: router.host,
      portSecurityEnabled: false,
    },
    wish.addresses,
  );
  if (port.fixedIps.length === 0)
    throw networkError(
      'bad-request',
      'BadRequest',
      `Bad router request: Network ${network.id} has no subnet.`,
    );
  await insertPorts(ctx, work, [port]);
  return { ...router, gatewayNetworkId: network.id, gatewayPortId: port.id };
}
