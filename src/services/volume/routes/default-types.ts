import { route, type Route } from '#kernel/http/route.ts';
import { ProjectParams, SetDefaultType } from '../schema/periphery.ts';
import type { DefaultTypes } from '../service/default-types.ts';
import { defaultTypeView } from '../view/periphery.ts';

const SINCE = '3.62';

export const defaultTypeRoutes = (defaults: DefaultTypes): Route[] => [
  route({
    method: 'GET',
    url: '/v3/default-types',
    name: 'list-default-types',
    summary: 'List the default volume types of projects that have their own.',
    access: { rule: 'volume_extension:default_get_all' },
    since: SINCE,
    status: 200,
    handle: async () => ({ default_types: (await defaults.list()).map(defaultTypeView) }),
  }),
  route({
    method: 'GET',
    url: '/v3/default-types/:target',
    name: 'get-default-type',
    summary: "Show a project's own default volume type.",
    access: { rule: 'volume_extension:default_get' },
    since: SINCE,
    params: ProjectParams,
    status: 200,
    handle: async ({ params }) => ({ default_type: defaultTypeView(await defaults.get(params.target)) }),
  }),
  route({
    method: 'PUT',
    url: '/v3/default-types/:target',
    name: 'set-default-type',
    summary: 'Give a project a default volume type of its own.',
    access: { rule: 'volume_extension:default_set_or_update' },
    since: SINCE,
    params: ProjectParams,
    body: SetDefaultType,
    status: 200,
    async handle({ ctx, params, body }) {
      const own = await defaults.set(ctx, params.target, body.default_type.volume_type);
      return { default_type: defaultTypeView(own) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/default-types/:target',
    name: 'unset-default-type',
    summary: 'Let the common default volume type hold for a project.',
    access: { rule: 'volume_extension:default_unset' },
    since: SINCE,
    params: ProjectParams,
    status: 204,
    handle: ({ params }) => defaults.unset(params.target),
  }),
];
