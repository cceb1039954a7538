import { Type } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { DEFAULT_QUOTAS, QUOTA_RESOURCES, type QuotaResource } from '../model/quota.ts';
import type { QuotaService } from '../service/quotas.ts';

const Params = Type.Object({ project_id: Type.String() });
const Amount = Type.Integer({ minimum: -1, maximum: 2_147_483_647 });
const Quotas = Type.Object(
  {
    ...(Object.fromEntries(QUOTA_RESOURCES.map((name) => [name, Type.Optional(Amount)])) as Record<
      QuotaResource,
      ReturnType<typeof Type.Optional<typeof Amount>>
    >),
    project_id: Type.Optional(Type.String()),
    tenant_id: Type.Optional(Type.String()),
    force: Type.Optional(Type.Boolean()),
    check_limit: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

export function quotaRoutes(quotas: QuotaService, policy: Policy): Route[] {
  const authorize = (ctx: Ctx, projectId: string) =>
    policy.authorize(ctx, 'get_quota', { project_id: projectId });
  const read = { method: 'GET', access: { rule: 'get_quota' }, params: Params, status: 200 } as const;
  const one = '/v2.0/quotas/:project_id';
  return [
    route({
      method: 'GET',
      url: '/v2.0/quotas',
      name: 'list-quotas',
      summary: 'List quotas that differ from the defaults.',
      access: { rule: 'update_quota' },
      status: 200,
      handle: async () => ({
        quotas: [...(await quotas.list())].map(([id, own]) => ({
          ...own,
          project_id: id,
          tenant_id: id,
        })),
      }),
    }),
    route({
      ...read,
      url: one,
      name: 'get-quota',
      summary: 'Show the quota of a project.',
      async handle({ ctx, params }) {
        authorize(ctx, params.project_id);
        return { quota: await quotas.get(params.project_id) };
      },
    }),
    route({
      ...read,
      url: `${one}/default`,
      name: 'get-default-quota',
      summary: 'Show the default quota.',
      async handle({ ctx, params }) {
        authorize(ctx, params.project_id);
        return { quota: DEFAULT_QUOTAS };
      },
    }),
    route({
      ...read,
      url: `${one}/details`,
      name: 'get-quota-details',
      summary: 'Show limits and usage of a project.',
      async handle({ ctx, params }) {
        authorize(ctx, params.project_id);
        return { quota: await quotas.details(params.project_id) };
      },
    }),
    ...changeRoutes(quotas),
  ];
}

const changeRoutes = (quotas: QuotaService): Route[] => [
  route({
    method: 'PUT',
    url: '/v2.0/quotas/:project_id',
    name: 'update-quota',
    summary: 'Change the quota of a project.',
    access: { rule: 'update_quota' },
    params: Params,
    status: 200,
    body: Type.Object({ quota: Quotas }, { additionalProperties: false }),
    async handle({ params, body }) {
      const {
        project_id: _id,
        tenant_id: _tenant,
        force: _force,
        check_limit: check,
        ...change
      } = body.quota;
      return { quota: await quotas.set(params.project_id, change, check) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v2.0/quotas/:project_id',
    name: 'delete-quota',
    summary: 'Reset the quota of a project.',
    access: { rule: 'delete_quota' },
    params: Params,
    status: 204,
    handle: ({ params }) => quotas.reset(params.project_id),
  }),
];
