import type { Static } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { ProjectQuota } from '../model/quota.ts';
import { PageQuery, pageOf } from '../schema/common.ts';
import { QuotaParams, SetQuota } from '../schema/quota.ts';
import type { QuotaService } from '../service/quotas.ts';
import { pageView } from '../view/page.ts';

const URL = '/v1/project-quotas';

export const quotaRoutes = (quotas: QuotaService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/quotas',
    name: 'get-quotas',
    summary: "Show the own project's limits.",
    access: { rule: 'key-manager:quotas:get' },
    status: 200,
    handle: async ({ ctx }) => ({ quotas: await quotas.own(ctx) }),
  }),
  route({
    method: 'GET',
    url: URL,
    name: 'list-project-quotas',
    summary: 'List the limits that projects were given.',
    access: { rule: 'key-manager:project_quotas:get' },
    query: PageQuery,
    status: 200,
    async handle({ ctx, query, base }) {
      const page = pageOf(query);
      const listed = await quotas.list(ctx, page);
      return pageView({
        name: 'project_quotas',
        url: base + URL,
        query,
        page,
        listed,
        view: ({ projectId, quota }) => ({ project_id: projectId, project_quotas: quota }),
      });
    },
  }),
  route({
    method: 'GET',
    url: `${URL}/:project_id`,
    name: 'get-project-quotas',
    summary: 'Show the limits that a project was given.',
    access: { rule: 'key-manager:project_quotas:get' },
    params: QuotaParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ project_quotas: await quotas.get(ctx, params.project_id) }),
  }),
  route({
    method: 'PUT',
    url: `${URL}/:project_id`,
    name: 'set-project-quotas',
    summary: 'Give a project limits of its own.',
    access: { rule: 'key-manager:project_quotas:put' },
    params: QuotaParams,
    body: SetQuota,
    status: 204,
    handle: ({ ctx, params, body }) => quotas.set(ctx, params.project_id, quotaOf(body)),
  }),
  route({
    method: 'DELETE',
    url: `${URL}/:project_id`,
    name: 'delete-project-quotas',
    summary: "Take a project's own limits away.",
    access: { rule: 'key-manager:project_quotas:delete' },
    params: QuotaParams,
    status: 204,
    handle: ({ ctx, params }) => quotas.remove(ctx, params.project_id),
  }),
];

const quotaOf = ({ project_quotas: said }: Static<typeof SetQuota>): ProjectQuota => ({
  secrets: said.secrets ?? null,
  orders: said.orders ?? null,
  containers: said.containers ?? null,
  consumers: said.consumers ?? null,
  cas: said.cas ?? null,
});
