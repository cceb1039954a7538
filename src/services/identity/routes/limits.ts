import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { defined } from '../schema/common.ts';
import {
  CreateLimits,
  CreateRegisteredLimits,
  ListLimits,
  ListRegisteredLimits,
  UpdateLimit,
  UpdateRegisteredLimit,
} from '../schema/limit.ts';
import type { LimitService } from '../service/limits.ts';
import { limitView, registeredLimitView } from '../view/limit.ts';
import { listLinks } from './resource.ts';

const Params = Type.Object({ id: Type.String() });

export const limitRoutes = (limits: LimitService): Route[] => [
  ...registeredRoutes(limits),
  ...ownRoutes(limits),
  route({
    method: 'GET',
    url: '/v3/limits/model',
    name: 'get-limit-model',
    summary: 'Show how limits of projects relate to one another: not at all.',
    access: 'authenticated',
    status: 200,
    handle: async () => ({
      model: {
        name: 'flat',
        description: 'Limit enforcement and validation does not take project hierarchy into consideration.',
      },
    }),
  }),
];

const registeredRoutes = (limits: LimitService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/registered_limits',
    name: 'list-registered-limits',
    summary: 'List registered limits.',
    access: 'authenticated',
    query: ListRegisteredLimits,
    status: 200,
    async handle({ ctx, query, base }) {
      const found = await limits.listRegistered(ctx, resourceFilter(query));
      return {
        registered_limits: found.map((limit) => registeredLimitView(limit, base)),
        ...listLinks(`${base}/v3/registered_limits`),
      };
    },
  }),
  route({
    method: 'POST',
    url: '/v3/registered_limits',
    name: 'create-registered-limits',
    summary: 'Create registered limits.',
    access: { rule: 'identity:create_registered_limits' },
    body: CreateRegisteredLimits,
    status: 201,
    async handle({ ctx, body, base }) {
      const made = await limits.createRegistered(ctx, body.registered_limits);
      return {
        registered_limits: made.map((limit) => registeredLimitView(limit, base)),
        ...listLinks(`${base}/v3/registered_limits`),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/registered_limits/:id',
    name: 'get-registered-limit',
    summary: 'Show a registered limit.',
    access: 'authenticated',
    params: Params,
    status: 200,
    handle: async ({ ctx, params, base }) => ({
      registered_limit: registeredLimitView(await limits.getRegistered(ctx, params.id), base),
    }),
  }),
  route({
    method: 'PATCH',
    url: '/v3/registered_limits/:id',
    name: 'update-registered-limit',
    summary: 'Change a registered limit.',
    access: { rule: 'identity:update_registered_limit' },
    params: Params,
    body: UpdateRegisteredLimit,
    status: 200,
    async handle({ ctx, params, body, base }) {
      const changed = await limits.updateRegistered(ctx, params.id, body.registered_limit);
      return { registered_limit: registeredLimitView(changed, base) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/registered_limits/:id',
    name: 'delete-registered-limit',
    summary: 'Delete a registered limit that no limit overrides.',
    access: { rule: 'identity:delete_registered_limit' },
    params: Params,
    status: 204,
    handle: ({ ctx, params }) => limits.deleteRegistered(ctx, params.id),
  }),
];

const ownRoutes = (limits: LimitService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/limits',
    name: 'list-limits',
    summary: 'List limits of projects and domains.',
    access: 'authenticated',
    query: ListLimits,
    status: 200,
    async handle({ ctx, query, base }) {
      const owner = defined({ projectId: query.project_id, domainId: query.domain_id });
      const found = await limits.list(ctx, { ...resourceFilter(query), ...owner });
      return { limits: found.map((limit) => limitView(limit, base)), ...listLinks(`${base}/v3/limits`) };
    },
  }),
  route({
    method: 'POST',
    url: '/v3/limits',
    name: 'create-limits',
    summary: 'Create limits of projects and domains.',
    access: { rule: 'identity:create_limits' },
    body: CreateLimits,
    status: 201,
    async handle({ ctx, body, base }) {
      const made = await limits.create(ctx, body.limits);
      return { limits: made.map((limit) => limitView(limit, base)), ...listLinks(`${base}/v3/limits`) };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/limits/:id',
    name: 'get-limit',
    summary: 'Show a limit.',
    access: 'authenticated',
    params: Params,
    status: 200,
    handle: async ({ ctx, params, base }) => ({ limit: limitView(await limits.get(ctx, params.id), base) }),
  }),
  route({
    method: 'PATCH',
    url: '/v3/limits/:id',
    name: 'update-limit',
    summary: 'Change a limit.',
    access: { rule: 'identity:update_limit' },
    params: Params,
    body: UpdateLimit,
    status: 200,
    handle: async ({ ctx, params, body, base }) => ({
      limit: limitView(await limits.update(ctx, params.id, body.limit), base),
    }),
  }),
  route({
    method: 'DELETE',
    url: '/v3/limits/:id',
    name: 'delete-limit',
    summary: 'Delete a limit.',
    access: { rule: 'identity:delete_limit' },
    params: Params,
    status: 204,
    handle: ({ ctx, params }) => limits.delete(ctx, params.id),
  }),
];

const resourceFilter = (query: { service_id?: string; region_id?: string; resource_name?: string }) =>
  defined({ serviceId: query.service_id, regionId: query.region_id, resourceName: query.resource_name });
