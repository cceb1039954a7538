import { route, type Route } from '#kernel/http/route.ts';
import { parseAmounts } from '../model/amounts-query.ts';
import { candidates } from '../model/schedule.ts';
import { ListCandidates } from '../schema/allocation.ts';
import { candidatesView } from '../view/allocation.ts';
import type { PlacementUseCases } from './index.ts';

export const candidateRoutes = ({ registry }: PlacementUseCases): Route[] => [
  route({
    method: 'GET',
    url: '/allocation_candidates',
    name: 'list-allocation-candidates',
    summary: 'List where something would fit.',
    access: { rule: 'placement:allocation_candidates:list' },
    since: '1.10',
    query: ListCandidates,
    status: 200,
    async handle({ ctx, query }) {
      const resources = parseAmounts(query.resources);
      if (!resources) return { allocation_requests: [], provider_summaries: {} };
      const nodes = candidates(await registry.list(), resources).slice(0, query.limit);
      return candidatesView(nodes, resources, ctx.microversion);
    },
  }),
];
