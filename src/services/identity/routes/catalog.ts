import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { defined } from '../schema/common.ts';
import {
  CreateEndpoint,
  CreateRegion,
  CreateService,
  ListEndpoints,
  ListRegions,
  ListServices,
  UpdateEndpoint,
  UpdateRegion,
  UpdateService,
} from '../schema/catalog.ts';
import type { CatalogAdmin } from '../service/catalog.ts';
import { endpointView, regionView, serviceView } from '../view/catalog.ts';
import { resourceRoutes } from './resource.ts';

export const catalogRoutes = (catalog: CatalogAdmin): Route[] => [
  ...resourceRoutes({
    singular: 'region',
    plural: 'regions',
    schema: { list: ListRegions, create: CreateRegion, update: UpdateRegion },
    getAccess: 'authenticated',
    list: (ctx, query) => catalog.listRegions(ctx, defined({ parentRegionId: query.parent_region_id })),
    get: (ctx, id) => catalog.getRegion(ctx, id),
    create: (ctx, body) => catalog.createRegion(ctx, body),
    update: (ctx, id, body) => catalog.updateRegion(ctx, id, body),
    delete: (ctx, id) => catalog.deleteRegion(ctx, id),
    view: regionView,
  }),
  route({
    method: 'PUT',
    url: '/v3/regions/:id',
    name: 'create-region-with-id',
    summary: 'Create a region under an id of your own.',
    access: { rule: 'identity:create_region' },
    params: Type.Object({ id: Type.String({ maxLength: 255 }) }),
    body: Type.Object({ region: UpdateRegion }),
    status: 201,
    handle: async ({ ctx, params, body, base }) => ({
      region: regionView(await catalog.createRegion(ctx, { ...body.region, id: params.id }), base),
    }),
  }),
  ...resourceRoutes({
    singular: 'service',
    plural: 'services',
    schema: { list: ListServices, create: CreateService, update: UpdateService },
    list: (ctx, query) => catalog.listServices(ctx, query),
    get: (ctx, id) => catalog.getService(ctx, id),
    create: (ctx, body) => catalog.createService(ctx, body),
    update: (ctx, id, body) => catalog.updateService(ctx, id, body),
    delete: (ctx, id) => catalog.deleteService(ctx, id),
    view: serviceView,
  }),
  ...resourceRoutes({
    singular: 'endpoint',
    plural: 'endpoints',
    schema: { list: ListEndpoints, create: CreateEndpoint, update: UpdateEndpoint },
    list: (ctx, query) =>
      catalog.listEndpoints(
        ctx,
        defined({ interface: query.interface, serviceId: query.service_id, regionId: query.region_id }),
      ),
    get: (ctx, id) => catalog.getEndpoint(ctx, id),
    create: (ctx, body) => catalog.createEndpoint(ctx, body),
    update: (ctx, id, body) => catalog.updateEndpoint(ctx, id, body),
    delete: (ctx, id) => catalog.deleteEndpoint(ctx, id),
    view: endpointView,
  }),
];
