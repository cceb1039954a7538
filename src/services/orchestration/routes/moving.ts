import { route, type Route } from '#kernel/http/route.ts';
import { StackParams } from '../schema/common.ts';
import type { MovingService } from '../service/moving.ts';
import type { StackService } from '../service/stacks.ts';
import { STACK, stackAt } from './stacks.ts';

/** Stacks that are taken along. */
export const movingRoutes = (stacks: StackService, moving: MovingService): Route[] => [
  route({
    method: 'DELETE',
    url: `${STACK}/abandon`,
    name: 'abandon-stack',
    summary: 'Forget a stack and leave what it made.',
    access: { rule: 'stacks:abandon' },
    params: StackParams,
    status: 200,
    handle: async ({ ctx, params }) =>
      moving.abandon(ctx, await stackAt(stacks, { ctx, params }, 'stacks:abandon')),
  }),
  route({
    method: 'GET',
    url: `${STACK}/export`,
    name: 'export-stack',
    summary: 'Take a stack along, to adopt it elsewhere.',
    access: { rule: 'stacks:export' },
    params: StackParams,
    status: 200,
    handle: async ({ ctx, params }) => moving.export(await stackAt(stacks, { ctx, params }, 'stacks:export')),
  }),
];
