import { isAtLeast } from '#kernel/microversion.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { ActionParams } from '../schema/actions.ts';
import { ContainerParams } from '../schema/common.ts';
import type { ContainerService } from '../service/containers.ts';
import { actionDetailView, actionView } from '../view/action.ts';
import { flatNetworksView, networksView } from '../view/network.ts';

/** What was done to a container, and where it is plugged in. */
export const actionRoutes = (containers: ContainerService, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v1/containers/:container/container_actions',
    name: 'list-container-actions',
    summary: 'List what was done to a container.',
    access: { rule: 'container:actions' },
    params: ContainerParams,
    status: 200,
    async handle({ ctx, params }) {
      const actions = await containers.listActions(ctx, params.container);
      return { containerActions: actions.map((action) => actionView(action, ctx.microversion)) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/containers/:container/container_actions/:request',
    name: 'get-container-action',
    summary: 'Show what a request did to a container.',
    access: { rule: 'container:actions' },
    params: ActionParams,
    status: 200,
    async handle({ ctx, params }) {
      const action = await containers.getAction(ctx, params.container, params.request);
      return actionDetailView(action, ctx.microversion, policy.allows(ctx, 'container:action:events'));
    },
  }),
  route({
    method: 'GET',
    url: '/v1/containers/:container/network_list',
    name: 'list-container-networks',
    summary: 'List the networks of a container.',
    access: { rule: 'network:list' },
    since: '1.13',
    params: ContainerParams,
    status: 200,
    async handle({ ctx, params }) {
      const container = await containers.get(ctx, params.container, false);
      return isAtLeast(ctx.microversion, '1.18') ? networksView(container) : flatNetworksView(container);
    },
  }),
];
