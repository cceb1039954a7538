import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { OwnedAccessRule } from '../model/credential.ts';
import type { AccessRuleService } from '../service/access-rules.ts';
import { listLinks } from './resource.ts';

const url = '/v3/users/:user_id/access_rules';
const UserParams = Type.Object({ user_id: Type.String() });
const Params = Type.Object({ user_id: Type.String(), id: Type.String() });
const Text = Type.Optional(Type.String());
const open = { access: 'authenticated' } as const;

const accessRuleView = ({ userId, ...rule }: OwnedAccessRule, base: string) => ({
  ...rule,
  links: { self: `${base}/v3/users/${userId}/access_rules/${rule.id}` },
});

export const accessRuleRoutes = (rules: AccessRuleService): Route[] => [
  route({
    ...open,
    method: 'GET',
    url,
    name: 'list-access-rules',
    summary: "List a user's access rules.",
    params: UserParams,
    query: Type.Object({ service: Text, method: Text, path: Text }),
    status: 200,
    async handle({ ctx, params, query, base }) {
      const found = await rules.list(ctx, params.user_id, {
        service: query.service,
        method: query.method,
        path: query.path,
      });
      const self = `${base}/v3/users/${params.user_id}/access_rules`;
      return { access_rules: found.map((rule) => accessRuleView(rule, base)), ...listLinks(self) };
    },
  }),
  route({
    ...open,
    method: 'GET',
    url: `${url}/:id`,
    name: 'get-access-rule',
    summary: 'Show an access rule.',
    params: Params,
    status: 200,
    handle: async ({ ctx, params, base }) => ({
      access_rule: accessRuleView(await rules.get(ctx, params.user_id, params.id), base),
    }),
  }),
  route({
    ...open,
    method: 'DELETE',
    url: `${url}/:id`,
    name: 'delete-access-rule',
    summary: 'Delete an access rule that no application credential has.',
    params: Params,
    status: 204,
    handle: ({ ctx, params }) => rules.delete(ctx, params.user_id, params.id),
  }),
];
