import { route, type Route } from '#kernel/http/route.ts';
import { routerKind } from '../kinds.ts';
import { ExtraRoutes, RouterInterfaceBody } from '../schema/router.ts';
import type { Reader } from '../service/reader.ts';
import type { RouterInterfaceService, RouterLink } from '../service/router-interfaces.ts';
import type { RouterService } from '../service/routers.ts';
import { IdParams, targetOf } from './target.ts';

/** A changed interface, without a wrapper. */
const linkView = ({ router, port }: RouterLink) => ({
  id: router.id,
  network_id: port.networkId,
  port_id: port.id,
  subnet_id: port.fixedIps[0]?.subnetId,
  subnet_ids: port.fixedIps.map(({ subnetId }) => subnetId),
  project_id: router.projectId,
  tenant_id: router.projectId,
  tags: router.tags,
});

interface RouterUseCases {
  readonly routers: RouterService;
  readonly interfaces: RouterInterfaceService;
  readonly reader: Reader;
}

/** What routers have besides the calls of every resource. */
export const routerRoutes = ({ routers, interfaces, reader }: RouterUseCases): Route[] => [
  ...(['add', 'remove'] as const).map((verb) =>
    route({
      method: 'PUT',
      url: `/v2.0/routers/:id/${verb}_router_interface`,
      name: `${verb}-router-interface`,
      summary: `${verb === 'add' ? 'Connect a subnet or port to' : 'Disconnect it from'} a router.`,
      access: { rule: `${verb}_router_interface` },
      params: IdParams,
      body: RouterInterfaceBody,
      status: 200,
      handle: async (call) => linkView(await interfaces[verb](call.ctx, targetOf(call), call.body)),
    }),
  ),
  ...(['add', 'remove'] as const).map((verb) =>
    route({
      method: 'PUT',
      url: `/v2.0/routers/:id/${verb}_extraroutes`,
      name: `${verb}-extra-routes`,
      summary: `${verb === 'add' ? 'Add routes to' : 'Remove routes from'} a router.`,
      access: { rule: 'update_router' },
      params: IdParams,
      body: ExtraRoutes,
      status: 200,
      async handle(call) {
        const router = await routers.changeRoutes(call.ctx, targetOf(call), verb, call.body.router.routes);
        return { router: await reader.view(call.ctx, routerKind, router) };
      },
    }),
  ),
];
