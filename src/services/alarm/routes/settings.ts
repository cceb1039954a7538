import { route, type Route } from '#kernel/http/route.ts';
import { projectOf } from '#kernel/context.ts';
import { QuotaBody, QuotaParams, QuotaQuery } from '../schema/alarm.ts';
import type { AlarmService } from '../service/alarms.ts';
import { CAPABILITIES, quotaView } from '../view/alarm.ts';

/** Versions, abilities and limits. */
export const settingRoutes = (alarms: AlarmService): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-versions',
    summary: 'Which versions there are.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => ({
      versions: {
        values: [
          {
            id: 'v2',
            status: 'stable',
            updated: '2013-02-13T00:00:00Z',
            links: [{ rel: 'self', href: `${base}/v2` }],
            'media-types': [
              { base: 'application/json', type: 'application/vnd.openstack.telemetry-v2+json' },
            ],
          },
        ],
      },
    }),
  }),
  route({
    method: 'GET',
    url: '/v2/capabilities',
    name: 'get-capabilities',
    summary: 'What this API can do.',
    access: 'authenticated',
    status: 200,
    handle: async () => CAPABILITIES,
  }),
  route({
    method: 'GET',
    url: '/v2/quotas',
    name: 'get-quotas',
    summary: "Show a project's limits: -1 is none.",
    access: { rule: 'telemetry:get_quotas' },
    query: QuotaQuery,
    status: 200,
    async handle({ ctx, query }) {
      const projectId = query.project_id ?? projectOf(ctx);
      return quotaView(projectId, await alarms.limit(ctx, projectId));
    },
  }),
  route({
    method: 'POST',
    url: '/v2/quotas',
    name: 'set-quotas',
    summary: 'Give a project limits.',
    access: { rule: 'telemetry:update_quotas' },
    body: QuotaBody,
    status: 201,
    async handle({ ctx, body }) {
      for (const { limit } of body.quotas) await alarms.setLimit(body.project_id, limit);
      return quotaView(body.project_id, await alarms.limit(ctx, body.project_id));
    },
  }),
  route({
    method: 'DELETE',
    url: '/v2/quotas/:project_id',
    name: 'delete-quotas',
    summary: "Take a project's own limits away.",
    access: { rule: 'telemetry:delete_quotas' },
    params: QuotaParams,
    status: 204,
    handle: ({ params }) => alarms.removeLimit(params.project_id),
  }),
];
