import { Reply, route, type Route } from '#kernel/http/route.ts';
import { CreateRegistry, ListRegistries, RegistryParams, UpdateRegistry } from '../schema/registry.ts';
import type { RegistryService } from '../service/registries.ts';
import { registryView } from '../view/registry.ts';

const SINCE = '1.30';

export const registryRoutes = (registries: RegistryService): Route[] => [
  ...collectionRoutes(registries),
  ...memberRoutes(registries),
];

const collectionRoutes = (registries: RegistryService): Route[] => [
  route({
    method: 'POST',
    url: '/v1/registries',
    name: 'create-registry',
    summary: 'Create a registry.',
    access: { rule: 'registry:create' },
    since: SINCE,
    body: CreateRegistry,
    status: 202,
    async handle({ ctx, body, base }) {
      const registry = await registries.create(ctx, body.registry);
      const location = `${base}/v1/registries/${registry.id}`;
      return new Reply({ registry: registryView(registry, base) }, { headers: { location } });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/registries',
    name: 'list-registries',
    summary: 'List registries.',
    access: { rule: 'registry:get_all' },
    since: SINCE,
    query: ListRegistries,
    status: 200,
    async handle({ ctx, query, base }) {
      const page = await registries.list(ctx, query);
      const next = (marker: string) =>
        `${base}/v1/registries?${new URLSearchParams({ ...(query as object), marker }).toString()}`;
      return {
        registries: page.items.map((registry) => registryView(registry, base)),
        next: page.next === null ? null : next(page.next),
      };
    },
  }),
];

const memberRoutes = (registries: RegistryService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/registries/:registry',
    name: 'get-registry',
    summary: 'Show a registry.',
    access: { rule: 'registry:get_one' },
    since: SINCE,
    params: RegistryParams,
    status: 200,
    handle: async ({ ctx, params, base }) => ({
      registry: registryView(await registries.get(ctx, params.registry), base),
    }),
  }),
  route({
    method: 'PATCH',
    url: '/v1/registries/:registry',
    name: 'update-registry',
    summary: 'Change a registry.',
    access: { rule: 'registry:update' },
    since: SINCE,
    params: RegistryParams,
    body: UpdateRegistry,
    status: 200,
    handle: async ({ ctx, params, body, base }) => ({
      registry: registryView(await registries.update(ctx, params.registry, body.registry), base),
    }),
  }),
  route({
    method: 'DELETE',
    url: '/v1/registries/:registry',
    name: 'delete-registry',
    summary: 'Delete a registry.',
    access: { rule: 'registry:delete' },
    since: SINCE,
    params: RegistryParams,
    status: 204,
    async handle({ ctx, params }) {
      await registries.delete(ctx, params.registry);
    },
  }),
];
