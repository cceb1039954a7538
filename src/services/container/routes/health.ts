import { route, type Route } from '#kernel/http/route.ts';
import { ContainerParams } from '../schema/common.ts';
import type { ContainerService } from '../service/containers.ts';
import { healthView } from '../view/health.ts';

/** A path of our own. */
export const healthRoutes = (containers: ContainerService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/containers/:container/health',
    name: 'get-container-health',
    summary: 'Show what the probes of a container say, and how often it was restarted.',
    access: { rule: 'container:get_one' },
    params: ContainerParams,
    status: 200,
    handle: async ({ ctx, params }) => healthView(await containers.get(ctx, params.container, false)),
  }),
];
