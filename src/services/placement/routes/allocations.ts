import { route, type Route } from '#kernel/http/route.ts';
import { sum } from '../model/allocation.ts';
import { toHeldClasses } from '../model/vocabulary.ts';
import { ConsumerParams, ListUsages } from '../schema/allocation.ts';
import { allocationsView } from '../view/allocation.ts';
import type { PlacementUseCases } from './index.ts';

export const allocationRoutes = ({ registry, allocations, policy }: PlacementUseCases): Route[] => [
  route({
    method: 'GET',
    url: '/allocations/:consumer_uuid',
    name: 'list-allocations',
    summary: 'Show what a consumer holds.',
    access: { rule: 'placement:allocations:list' },
    params: ConsumerParams,
    status: 200,
    async handle({ ctx, params }) {
      const allocation = await allocations.find(ctx, params.consumer_uuid);
      const node = allocation && (await registry.find(allocation.host));
      return allocationsView(allocation, node, ctx.microversion);
    },
  }),
  route({
    method: 'DELETE',
    url: '/allocations/:consumer_uuid',
    name: 'delete-allocations',
    summary: 'Free what a consumer holds.',
    access: { rule: 'placement:allocations:delete' },
    params: ConsumerParams,
    status: 204,
    handle: ({ ctx, params }) => allocations.delete(ctx, params.consumer_uuid),
  }),
  route({
    method: 'GET',
    url: '/usages',
    name: 'list-usages',
    summary: 'Show what a project holds.',
    access: 'authenticated',
    since: '1.9',
    query: ListUsages,
    status: 200,
    async handle({ ctx, query }) {
      policy.authorize(ctx, 'placement:usages', { project_id: query.project_id });
      const held = await allocations.list(ctx, {
        projectId: query.project_id,
        ...(query.user_id === undefined ? {} : { userId: query.user_id }),
      });
      return { usages: toHeldClasses(sum(held.map(({ resources }) => resources))) };
    },
  }),
];
