import { byId } from '../desired/specs.ts';
import type { Port } from '../model/port.ts';
import type { Router } from '../model/router.ts';
import { portStore } from '../store/ports.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView, ZONE } from './standard.ts';

export async function routerViews(db: NetworkDb, routers: readonly Router[]) {
  const gatewayIds = routers.flatMap(({ gatewayPortId }) => gatewayPortId ?? []);
  const gateways = byId(await portStore.findMany(db, gatewayIds));
  return routers.map((router) => routerView(router, gateways.get(router.gatewayPortId ?? '')));
}

const routerView = (router: Router, gateway: Port | undefined) => ({
  ...standardView(router),
  status: router.status,
  admin_state_up: router.adminStateUp,
  external_gateway_info:
    router.gatewayNetworkId === null
      ? null
      : {
          network_id: router.gatewayNetworkId,
          enable_snat: router.enableSnat,
          external_fixed_ips: (gateway?.fixedIps ?? []).map(({ subnetId, address }) => ({
            subnet_id: subnetId,
            ip_address: address,
          })),
        },
  routes: router.routes,
  availability_zone_hints: router.availabilityZoneHints,
  availability_zones: [ZONE],
});
