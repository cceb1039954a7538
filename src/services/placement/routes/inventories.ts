import { route, type Route } from '#kernel/http/route.ts';
import { InventoryParams, ProviderParams } from '../schema/provider.ts';
import { inventoriesView, inventoryView, usagesView } from '../view/provider.ts';
import type { PlacementUseCases } from './index.ts';

export const inventoryRoutes = ({ registry }: PlacementUseCases): Route[] => [
  route({
    method: 'GET',
    url: '/resource_providers/:uuid/inventories',
    name: 'list-inventories',
    summary: 'Show what a node has.',
    access: { rule: 'placement:resource_providers:inventories:list' },
    params: ProviderParams,
    status: 200,
    handle: async ({ params }) => inventoriesView(await registry.get(params.uuid)),
  }),
  route({
    method: 'GET',
    url: '/resource_providers/:uuid/inventories/:resource_class',
    name: 'get-inventory',
    summary: 'Show what a node has of one class.',
    access: { rule: 'placement:resource_providers:inventories:list' },
    params: InventoryParams,
    status: 200,
    handle: async ({ params }) => inventoryView(await registry.get(params.uuid), params.resource_class),
  }),
  route({
    method: 'GET',
    url: '/resource_providers/:uuid/usages',
    name: 'list-provider-usages',
    summary: 'Show what is taken of a node.',
    access: { rule: 'placement:resource_providers:usages' },
    params: ProviderParams,
    status: 200,
    handle: async ({ params }) => usagesView(await registry.get(params.uuid)),
  }),
];
