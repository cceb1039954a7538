import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { Role } from '../model/role.ts';
import { defined } from '../schema/common.ts';
import { CreateRole, ListRoles, UpdateRole } from '../schema/role.ts';
import type { RoleService } from '../service/roles.ts';
import { roleView } from '../view/people.ts';
import { resourceRoutes } from './resource.ts';

export const roleRoutes = (roles: RoleService): Route[] => [
  ...resourceRoutes({
    singular: 'role',
    plural: 'roles',
    schema: { list: ListRoles, create: CreateRole, update: UpdateRole },
    list: (ctx, query) => roles.list(ctx, defined({ name: query.name, domainId: query.domain_id })),
    get: (ctx, id) => roles.get(ctx, id),
    create: (ctx, body) => roles.create(ctx, defined(body)),
    update: (ctx, id, body) => roles.update(ctx, id, defined(body)),
    delete: (ctx, id) => roles.delete(ctx, id),
    view: roleView,
  }),
  route({
    method: 'GET',
    url: '/v3/role_inferences',
    name: 'list-role-inferences',
    summary: 'List which roles imply which.',
    access: { rule: 'identity:list_role_inference_rules' },
    status: 200,
    async handle({ ctx, base }) {
      const rules = await roles.inferences(ctx);
      return {
        role_inferences: rules.map(({ prior, implies }) => ({
          prior_role: brief(prior, base),
          implies: implies.map((role) => brief(role, base)),
        })),
        links: { self: `${base}/v3/role_inferences` },
      };
    },
  }),
  ...impliedRoutes(roles),
];

function impliedRoutes(roles: RoleService): Route[] {
  const url = '/v3/roles/:id/implies';
  const params = Type.Object({ id: Type.String(), implied_id: Type.String() });
  const inference = (prior: Role, implied: Role, base: string) => ({
    role_inference: { prior_role: brief(prior, base), implies: brief(implied, base) },
    links: { self: `${base}/v3/roles/${prior.id}/implies/${implied.id}` },
  });
  const check = (method: 'GET' | 'HEAD') =>
    route({
      method,
      url: `${url}/:implied_id`,
      name: `${method.toLowerCase()}-implied-role`,
      summary: 'Whether a role implies another.',
      access: { rule: 'identity:get_implied_role' },
      params,
      status: method === 'GET' ? 200 : 204,
      async handle({ ctx, params, base }) {
        const { prior, implied } = await roles.inference(ctx, params.id, params.implied_id);
        return method === 'GET' ? inference(prior, implied, base) : undefined;
      },
    });
  return [
    route({
      method: 'GET',
      url,
      name: 'list-implied-roles',
      summary: 'List what a role implies.',
      access: { rule: 'identity:list_implied_roles' },
      params: Type.Object({ id: Type.String() }),
      status: 200,
      async handle({ ctx, params, base }) {
        const prior = await roles.get(ctx, params.id);
        const rule = (await roles.inferences(ctx)).find((one) => one.prior.id === prior.id);
        const implies = (rule?.implies ?? []).map((role) => brief(role, base));
        return {
          role_inference: { prior_role: brief(prior, base), implies },
          links: { self: `${base}/v3/roles/${prior.id}/implies` },
        };
      },
    }),
    check('GET'),
    check('HEAD'),
    route({
      method: 'PUT',
      url: `${url}/:implied_id`,
      name: 'create-implied-role',
      summary: 'Let a role imply another.',
      access: { rule: 'identity:create_implied_role' },
      params,
      status: 201,
      async handle({ ctx, params, base }) {
        const { prior, implied } = await roles.imply(ctx, params.id, params.implied_id);
        return inference(prior, implied, base);
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:implied_id`,
      name: 'delete-implied-role',
      summary: 'Let a role no longer imply another.',
      access: { rule: 'identity:delete_implied_role' },
      params,
      status: 204,
      handle: ({ ctx, params }) => roles.unimply(ctx, params.id, params.implied_id),
    }),
  ];
}

const brief = ({ id, name }: Role, base: string) => ({ id, name, links: { self: `${base}/v3/roles/${id}` } });
