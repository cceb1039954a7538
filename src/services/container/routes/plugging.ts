import { isAtLeast } from '#kernel/microversion.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { AttachNetwork, DetachNetwork, DetachPlug, GroupName } from '../schema/actions.ts';
import { ContainerParams } from '../schema/common.ts';
import type { ContainerService } from '../service/containers.ts';
import type { ContainerPlugging } from '../service/plugging.ts';
import { flatNetworksView, networksView } from '../view/network.ts';
import { actionRoute } from './action-route.ts';

/** Where a container is plugged in. */
export const pluggingRoutes = (plugging: ContainerPlugging, containers: ContainerService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/containers/:container/network_list',
    name: 'list-container-networks',
    summary: 'List the networks of a container.',
    access: { rule: 'container:network_list' },
    since: '1.13',
    params: ContainerParams,
    status: 200,
    async handle({ ctx, params }) {
      const container = await containers.get(ctx, params.container, false);
      return isAtLeast(ctx.microversion, '1.18') ? networksView(container) : flatNetworksView(container);
    },
  }),
  actionRoute({
    verb: 'network_attach',
    summary: 'Plug a container into one more network.',
    since: '1.8',
    status: 200,
    parameters: AttachNetwork,
    handle: ({ ctx, params }, { network, port, fixed_ip }) =>
      plugging.attach(ctx, params.container, { network, port, fixedIp: fixed_ip }),
  }),
  actionRoute({
    verb: 'network_detach',
    summary: 'Unplug a container from a network.',
    since: '1.6',
    until: '1.16',
    parameters: DetachNetwork,
    handle: ({ ctx, params }, { network }) => plugging.detach(ctx, params.container, { network }),
  }),
  actionRoute({
    verb: 'network_detach',
    name: 'network-detach-container-port',
    summary: 'Unplug a container from a network, or one of its ports.',
    since: '1.17',
    parameters: DetachPlug,
    handle: ({ ctx, params }, plug) => plugging.detach(ctx, params.container, plug),
  }),
  actionRoute({
    verb: 'add_security_group',
    summary: 'Put a container into a security group.',
    until: '1.14',
    parameters: GroupName,
    handle: ({ ctx, params }, { name }) => plugging.addGroup(ctx, params.container, name),
  }),
  actionRoute({
    verb: 'remove_security_group',
    summary: 'Take a container out of a security group.',
    until: '1.14',
    parameters: GroupName,
    handle: ({ ctx, params }, { name }) => plugging.removeGroup(ctx, params.container, name),
  }),
];
