import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { CreateTrust, ListTrusts } from '../schema/trust.ts';
import type { TokenService } from '../service/tokens.ts';
import type { TrustService } from '../service/trusts.ts';
import { roleView } from '../view/people.ts';
import { trustView } from '../view/trust.ts';
import { callerOf } from './caller.ts';
import { listLinks } from './resource.ts';

const url = '/v3/OS-TRUST/trusts';
const Params = Type.Object({ id: Type.String() });
const RoleParams = Type.Object({ id: Type.String(), role_id: Type.String() });
const open = { access: 'authenticated' } as const;

export const trustRoutes = (trusts: TrustService, tokens: TokenService): Route[] => [
  route({
    ...open,
    method: 'GET',
    url,
    name: 'list-trusts',
    summary: 'List trusts, by who gave or received them.',
    query: ListTrusts,
    status: 200,
    async handle({ ctx, query, base }) {
      const found = await trusts.list(ctx, query);
      return { trusts: found.map((trust) => trustView(trust, null, base)), ...listLinks(base + url) };
    },
  }),
  route({
    ...open,
    method: 'POST',
    url,
    name: 'create-trust',
    summary: 'Let somebody else act with some of your roles.',
    body: CreateTrust,
    status: 201,
    async handle({ ctx, body, base, token }) {
      const trust = await trusts.create(ctx, await callerOf(tokens, token), body.trust);
      return { trust: trustView(trust, await trusts.roles(ctx, trust.id), base) };
    },
  }),
  route({
    ...open,
    method: 'GET',
    url: `${url}/:id`,
    name: 'get-trust',
    summary: 'Show a trust.',
    params: Params,
    status: 200,
    async handle({ ctx, params, base }) {
      const trust = await trusts.get(ctx, params.id);
      return { trust: trustView(trust, await trusts.roles(ctx, trust.id), base) };
    },
  }),
  route({
    ...open,
    method: 'DELETE',
    url: `${url}/:id`,
    name: 'delete-trust',
    summary: 'End a trust and all that was passed on from it, at once.',
    params: Params,
    status: 204,
    handle: ({ ctx, params }) => trusts.delete(ctx, params.id),
  }),
  ...roleRoutes(trusts),
];

const roleRoutes = (trusts: TrustService): Route[] => [
  route({
    ...open,
    method: 'GET',
    url: `${url}/:id/roles`,
    name: 'list-trust-roles',
    summary: 'List the roles that a trust gives.',
    params: Params,
    status: 200,
    async handle({ ctx, params, base }) {
      const roles = await trusts.roles(ctx, params.id);
      const self = `${base}${url}/${params.id}/roles`;
      return { roles: roles.map((role) => roleView(role, base)), ...listLinks(self) };
    },
  }),
  ...(['GET', 'HEAD'] as const).map((method) =>
    route({
      ...open,
      method,
      url: `${url}/:id/roles/:role_id`,
      name: `${method.toLowerCase()}-trust-role`,
      summary: 'Whether a trust gives a role.',
      params: RoleParams,
      status: 200,
      async handle({ ctx, params, base }) {
        const role = await trusts.role(ctx, params.id, params.role_id);
        return method === 'GET' ? { role: roleView(role, base) } : undefined;
      },
    }),
  ),
];
