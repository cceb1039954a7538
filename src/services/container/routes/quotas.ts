import { route, type Route } from '#kernel/http/route.ts';
import type { Quota } from '../model/quota.ts';
import { flagOf } from '../schema/common.ts';
import { GetQuota, QuotaClassParams, QuotaParams, UpdateQuota } from '../schema/quota.ts';
import type { QuotaService } from '../service/quotas.ts';
import { quotaUsageView, quotaView } from '../view/quota.ts';

const SINCE = '1.26';

export const quotaRoutes = (quotas: QuotaService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/quotas/:project',
    name: 'get-quota',
    summary: "Show a project's limits.",
    access: { rule: 'quota:get' },
    since: SINCE,
    params: QuotaParams,
    query: GetQuota,
    status: 200,
    async handle({ ctx, params, query }) {
      const limits = await quotas.limits(ctx, params.project);
      if (!flagOf(query.usages)) return quotaView(limits);
      return quotaUsageView(limits, await quotas.usage(ctx, params.project));
    },
  }),
  route({
    method: 'GET',
    url: '/v1/quotas/:project/defaults',
    name: 'get-default-quota',
    summary: 'Show the default limits.',
    access: { rule: 'quota:get_default' },
    since: SINCE,
    params: QuotaParams,
    status: 200,
    handle: async ({ ctx }) => quotaView(await quotas.defaults(ctx)),
  }),
  route({
    method: 'PUT',
    url: '/v1/quotas/:project',
    name: 'update-quota',
    summary: "Change a project's limits.",
    access: { rule: 'quota:update' },
    since: SINCE,
    params: QuotaParams,
    body: UpdateQuota,
    status: 200,
    async handle({ ctx, params, body }) {
      return quotaView(await quotas.update(ctx, params.project, limitsIn(body)));
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/quotas/:project',
    name: 'delete-quota',
    summary: "Take a project's own limits away.",
    access: { rule: 'quota:delete' },
    since: SINCE,
    params: QuotaParams,
    status: 200,
    async handle({ ctx, params }) {
      await quotas.reset(ctx, params.project);
      return null;
    },
  }),
];

export const quotaClassRoutes = (quotas: QuotaService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/quota_classes/:class',
    name: 'get-quota-class',
    summary: 'Show the limits of a class.',
    access: { rule: 'quota_class:get' },
    since: SINCE,
    params: QuotaClassParams,
    status: 200,
    handle: async ({ ctx, params }) => quotaView(await quotas.getClass(ctx, params.class)),
  }),
  route({
    method: 'PUT',
    url: '/v1/quota_classes/:class',
    name: 'update-quota-class',
    summary: 'Change the limits of a class; `default` holds for every project without its own.',
    access: { rule: 'quota_class:update' },
    since: SINCE,
    params: QuotaClassParams,
    body: UpdateQuota,
    status: 200,
    handle: async ({ ctx, params, body }) =>
      quotaView(await quotas.updateClass(ctx, params.class, limitsIn(body))),
  }),
];

/** What is null is not meant. */
function limitsIn(body: Readonly<Record<string, string | number | null>>): Partial<Quota> {
  const given = Object.entries(body).filter(([, limit]) => limit !== null);
  return Object.fromEntries(given.map(([name, limit]) => [name, Number(limit)]));
}
