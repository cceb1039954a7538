import { route, type Route } from '#kernel/http/route.ts';
import { CreateNetwork, NetworkParams } from '../schema/network.ts';
import type { KnownNetworks } from '../service/known-networks.ts';
import { knownNetworkView } from '../view/network.ts';

export const networkRoutes = (networks: KnownNetworks): Route[] => [
  route({
    method: 'POST',
    url: '/v1/networks',
    name: 'create-network',
    summary: 'Tell of a network that containers may be on.',
    access: { rule: 'network:create' },
    body: CreateNetwork,
    status: 200,
    handle: async ({ ctx, body }) => knownNetworkView(await networks.create(ctx, body)),
  }),
  route({
    method: 'DELETE',
    url: '/v1/networks/:network',
    name: 'delete-network',
    summary: "Forget a network, by the network service's id.",
    access: { rule: 'network:delete' },
    since: '1.27',
    params: NetworkParams,
    status: 204,
    handle: ({ ctx, params }) => networks.delete(ctx, params.network),
  }),
];
