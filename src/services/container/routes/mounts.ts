import { route, type Route } from '#kernel/http/route.ts';
import { ContainerParams } from '../schema/common.ts';
import type { ContainerService } from '../service/containers.ts';
import { mountsView } from '../view/mount.ts';

/** A path of our own. */
export const mountRoutes = (containers: ContainerService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/containers/:container/mounts',
    name: 'list-container-mounts',
    summary: 'List the volumes, files and secrets of a container.',
    access: { rule: 'container:get_one' },
    params: ContainerParams,
    status: 200,
    handle: async ({ ctx, params }) => mountsView(await containers.get(ctx, params.container, false)),
  }),
];
