import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { ActionParams } from '../schema/actions.ts';
import { ContainerParams } from '../schema/common.ts';
import type { ContainerService } from '../service/containers.ts';
import { actionDetailView, actionView } from '../view/action.ts';

/** What was done to a container. */
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
];
