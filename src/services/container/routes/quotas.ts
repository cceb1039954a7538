import { route, type Route } from '#kernel/http/route.ts';
import { DEFAULT_QUOTA, type Quota } from '../model/quota.ts';
import { flagOf } from '../schema/common.ts';
import { GetQuota, QuotaParams, UpdateQuota } from '../schema/quota.ts';
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
    handle: async () => quotaView(DEFAULT_QUOTA),
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
      const limits = Object.entries(body)
        .filter(([, limit]) => limit !== null)
        .map(([name, limit]) => [name, Number(limit)] as const);
      const change: Partial<Quota> = Object.fromEntries(limits);
      return quotaView(await quotas.update(ctx, params.project, change));
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
