import { systemCtx, type Ctx } from '#kernel/context.ts';
import { routerKind } from '../kinds.ts';
import { contains, parseAddress, parseCidr } from '../model/addresses.ts';
import { invalid, refused } from '../model/errors.ts';
import { ROUTER_INTERFACE } from '../model/device-owner.ts';
import { routerInUse, type Router } from '../model/router.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import { checkedRoutes, type HostRoute } from '../model/subnet.ts';
import type { CreateRouterBody, UpdateRouterBody } from '../schema/router.ts';
import { portStore } from '../store/ports.ts';
import { routerStore, subnetStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { assertQuota } from './quotas.ts';
import { gatewayWish, setGateway } from './router-gateway.ts';
import { createEach, type Work } from './unit.ts';
import { ownerOf, pick } from './wire.ts';
import { assertZones } from './zones.ts';

/** Use-cases on routers; their interfaces are in `router-interfaces.ts`. */
export class RouterService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  async create(ctx: Ctx, bodies: readonly CreateRouterBody[]): Promise<Router[]> {
    const host = await this.freeHost(ctx);
    return createEach(this.#deps.unit, bodies, (work, body) => this.createIn(ctx, work, body, host));
  }

  /** A router lives on the first node that is up. */
  async freeHost(ctx: Ctx): Promise<string> {
    const nodes = await this.#deps.nodes.list(systemCtx(ctx.requestId, ctx));
    return nodes.find(({ state, disabled }) => state === 'up' && !disabled)?.hostname ?? '';
  }

  /** Part of a bigger change. */
  // oxlint-disable-next-line max-params
  async createIn(ctx: Ctx, work: Work, body: CreateRouterBody, host: string): Promise<Router> {
    const projectId = ownerOf(ctx, body);
    await assertQuota(work, projectId, 'router');
    assertZones('router', body.availability_zone_hints);
    const router: Router = {
      ...newStandard(ctx, projectId, body.tags ? { tags: body.tags } : {}),
      status: 'ACTIVE',
      adminStateUp: true,
      gatewayNetworkId: null,
      gatewayPortId: null,
      enableSnat: true,
      routes: [],
      availabilityZoneHints: body.availability_zone_hints ?? [],
      host,
      generation: 1,
      ...pick<Router>(body, 'name', 'description', 'admin_state_up'),
    };
    await routerStore.insert(work.tx, [router]);
    work.changes.touch('router', router.id);
    const wish = gatewayWish(ctx, this.#deps.policy, body.external_gateway_info);
    return wish ? setGateway(ctx, work, router, wish) : router;
  }

  async update(ctx: Ctx, target: Target, body: UpdateRouterBody): Promise<Router> {
    return this.#change(ctx, target, async (work, before) => {
      const wish = gatewayWish(ctx, this.#deps.policy, body.external_gateway_info);
      const routed = wish === undefined ? before : await setGateway(ctx, work, before, wish);
      const routes = body.routes === undefined ? routed.routes : (body.routes ?? []);
      await assertReachable(work.tx, before, routes);
      return {
        ...routed,
        ...pick<Router>(body, 'name', 'description', 'admin_state_up'),
        routes: checkedRoutes(routes),
      };
    });
  }

  /** Adds routes, or takes them away; those that are there already, or not, are passed over. */
  changeRoutes(
    ctx: Ctx,
    target: Target,
    change: 'add' | 'remove',
    given: readonly HostRoute[],
  ): Promise<Router> {
    return this.#change(ctx, target, async (work, before) => {
      const rest = before.routes.filter((route) => !given.some((other) => sameRoute(route, other)));
      const routes = change === 'add' ? [...rest, ...checkedRoutes(given)] : rest;
      await assertReachable(work.tx, before, routes);
      return { ...before, routes };
    });
  }

  /** One change of a router. A router that has no host yet gets one. */
  async #change(
    ctx: Ctx,
    target: Target,
    change: (work: Work, before: Router) => Promise<Router>,
  ): Promise<Router> {
    const host = await this.freeHost(ctx);
    return this.#deps.unit.run(async (work) => {
      const loaded = await this.#deps.reader.load(work.tx, ctx, routerKind, {
        target,
        rule: 'update_router',
      });
      const after = changed(ctx, loaded, await change(work, { ...loaded, host: loaded.host || host }));
      await routerStore.update(work.tx, after);
      if (loaded.host !== after.host)
        await work.tx
          .updateTable('network_port')
          .set({ host: after.host })
          .where('device_id', '=', after.id)
          .execute();
      work.changes.touch('router', after.id);
      return after;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const router = await this.#deps.reader.load(work.tx, ctx, routerKind, {
        target,
        rule: 'delete_router',
      });
      const interfaces = await portStore.list(work.tx, (eb) =>
        eb.and([eb('device_id', '=', router.id), eb('device_owner', '=', ROUTER_INTERFACE)]),
      );
      if (interfaces.length > 0) throw routerInUse(router.id);
      await setGateway(ctx, work, router, null);
      await routerStore.delete(work.tx, [router.id]);
      work.changes.touch('router', router.id);
      work.changes.leave(router.host);
    });
  }
}

const sameRoute = (a: HostRoute, b: HostRoute): boolean =>
  a.destination === b.destination && a.nexthop === b.nexthop;

/** A next hop must be on a network that the router is connected to. */
async function assertReachable(db: NetworkDb, router: Router, routes: readonly HostRoute[]): Promise<void> {
  if (routes.length === 0) return;
  const ports = await portStore.list(db, (eb) => eb('device_id', '=', router.id));
  const subnetIds = ports.flatMap(({ fixedIps }) => fixedIps.map(({ subnetId }) => subnetId));
  const cidrs = (await subnetStore.findMany(db, subnetIds)).map(({ cidr }) => parseCidr(cidr));
  for (const { destination, nexthop } of routes) {
    const hop = parseAddress(nexthop);
    if (!cidrs.some((cidr) => contains(cidr, hop)))
      throw invalid(
        `Invalid format for routes: ${destination} by ${nexthop}: the nexthop is not connected with router`,
      );
    if (ports.some(({ fixedIps }) => fixedIps.some(({ address }) => address === nexthop)))
      throw refused('InvalidRoutes', `The nexthop ${nexthop} is used by the router itself.`);
  }
}
