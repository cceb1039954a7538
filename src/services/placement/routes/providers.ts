import { route, type Route } from '#kernel/http/route.ts';
import { parseAmounts } from '../model/amounts-query.ts';
import { free, RESOURCES } from '../model/capacity.ts';
import type { StoredNode } from '../model/node.ts';
import { ListProviders, ProviderParams } from '../schema/provider.ts';
import {
  aggregatesView,
  providerAllocationsView,
  providerTraitsView,
  providerView,
} from '../view/provider.ts';
import type { PlacementUseCases } from './index.ts';

export const providerRoutes = ({ registry, allocations }: PlacementUseCases): Route[] => [
  route({
    method: 'GET',
    url: '/resource_providers',
    name: 'list-resource-providers',
    summary: 'List nodes as resource providers.',
    access: { rule: 'placement:resource_providers:list' },
    query: ListProviders,
    status: 200,
    async handle({ ctx, query, base }) {
      const nodes = (await registry.list()).filter(
        (node) =>
          (query.name === undefined || node.hostname === query.name) &&
          (query.uuid === undefined || node.id === query.uuid) &&
          (query.resources === undefined || hasFree(node, query.resources)),
      );
      return { resource_providers: nodes.map((node) => providerView(node, base, ctx.microversion)) };
    },
  }),
  route({
    method: 'GET',
    url: '/resource_providers/:uuid',
    name: 'get-resource-provider',
    summary: 'Show a node as a resource provider.',
    access: { rule: 'placement:resource_providers:show' },
    params: ProviderParams,
    status: 200,
    async handle({ ctx, params, base }) {
      return providerView(await registry.get(params.uuid), base, ctx.microversion);
    },
  }),
  route({
    method: 'GET',
    url: '/resource_providers/:uuid/aggregates',
    name: 'list-provider-aggregates',
    summary: "List a provider's aggregates.",
    access: { rule: 'placement:resource_providers:aggregates:list' },
    since: '1.1',
    params: ProviderParams,
    status: 200,
    handle: async ({ ctx, params }) => aggregatesView(await registry.get(params.uuid), ctx.microversion),
  }),
  route({
    method: 'GET',
    url: '/resource_providers/:uuid/traits',
    name: 'list-provider-traits',
    summary: "List a provider's traits.",
    access: { rule: 'placement:resource_providers:traits:list' },
    since: '1.6',
    params: ProviderParams,
    status: 200,
    handle: async ({ params }) => providerTraitsView(await registry.get(params.uuid)),
  }),
  route({
    method: 'GET',
    url: '/resource_providers/:uuid/allocations',
    name: 'list-provider-allocations',
    summary: 'List who holds what of a node.',
    access: { rule: 'placement:resource_providers:allocations:list' },
    params: ProviderParams,
    status: 200,
    async handle({ ctx, params }) {
      const node = await registry.get(params.uuid);
      return providerAllocationsView(node, await allocations.list(ctx, { host: node.hostname }));
    },
  }),
];

function hasFree(node: StoredNode, text: string): boolean {
  const [asked, left] = [parseAmounts(text), free(node)];
  return asked !== null && RESOURCES.every((resource) => asked[resource] <= left[resource]);
}
