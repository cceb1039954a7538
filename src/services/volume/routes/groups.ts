import { route, type Call, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { isTrue } from '../schema/common.ts';
import type { Group } from '../model/group.ts';
import {
  CopyGroup,
  CreateGroup,
  DeleteGroup,
  GroupParams,
  GroupQuery,
  ListGroups,
  ResetGroup,
  UpdateGroup,
} from '../schema/group.ts';
import type { GroupCopies } from '../service/group-copies.ts';
import type { GroupService } from '../service/groups.ts';
import { nextLink } from '../view/common.ts';
import { groupBriefView, groupView } from '../view/group.ts';
import { action, actionRoute } from './actions.ts';
import { viewerOf } from './v3.ts';

const SINCE = '3.13';

export interface GroupRouteDeps {
  readonly groups: GroupService;
  readonly copies: GroupCopies;
  readonly policy: Policy;
}

export const groupRoutes = (deps: GroupRouteDeps): Route[] => [
  ...makingRoutes(deps),
  listRoute(deps, 'brief'),
  listRoute(deps, 'detail'),
  ...memberRoutes(deps),
  actionRoute({ path: 'groups', singular: 'group', rule: 'group:get', since: SINCE }, [
    action({
      name: 'delete',
      schema: DeleteGroup,
      handle: ({ ctx }, id, body) => deps.groups.delete(ctx, id, isTrue(body['delete-volumes'])),
    }),
    action({
      name: 'reset_status',
      since: '3.20',
      schema: ResetGroup,
      handle: ({ ctx }, id, { status }) => deps.groups.resetStatus(ctx, id, status as 'available'),
    }),
  ]),
];

const makingRoutes = ({ groups, copies }: GroupRouteDeps): Route[] => [
  route({
    method: 'POST',
    url: '/v3/groups',
    name: 'create-group',
    summary: 'Create a group for volumes of certain types.',
    access: { rule: 'group:create' },
    since: SINCE,
    body: CreateGroup,
    status: 202,
    handle: async ({ ctx, body }) => ({ group: groupBriefView(await groups.create(ctx, body.group)) }),
  }),
  route({
    method: 'POST',
    url: '/v3/groups/action',
    name: 'copy-group',
    summary: 'Create a group of copies of all volumes of a group, or of a group snapshot.',
    access: { rule: 'group:create' },
    since: '3.14',
    body: CopyGroup,
    status: 202,
    handle: async ({ ctx, body }) => ({
      group: groupBriefView(await copies.create(ctx, body['create-from-src'])),
    }),
  }),
];

/** With the ids of volumes, for those who ask. */
async function viewsOf(
  { ctx, query }: Pick<Call<unknown, { list_volume?: string }>, 'ctx' | 'query'>,
  groups: GroupService,
  found: readonly Group[],
) {
  const volumes = isTrue(query.list_volume) ? await groups.volumesOf(found) : null;
  return found.map((group) => groupView(group, volumes && (volumes.get(group.id) ?? []), { ctx }));
}

const listRoute = ({ groups, policy }: GroupRouteDeps, form: 'brief' | 'detail'): Route => {
  const path = form === 'detail' ? 'groups/detail' : 'groups';
  return route({
    method: 'GET',
    url: `/v3/${path}`,
    name: form === 'detail' ? 'list-details-of-groups' : 'list-groups',
    summary: form === 'detail' ? 'List groups with all that is known.' : 'List groups.',
    access: { rule: 'group:get_all' },
    since: SINCE,
    query: ListGroups,
    status: 200,
    async handle(call) {
      const { items, next } = await groups.list(call.ctx, call.query);
      const viewer = viewerOf(call, policy);
      return {
        groups: form === 'detail' ? await viewsOf(call, groups, items) : items.map(groupBriefView),
        ...nextLink('group_links', { viewer, path, query: call.query, next }),
      };
    },
  });
};

const memberRoutes = ({ groups }: GroupRouteDeps): Route[] => [
  route({
    method: 'GET',
    url: '/v3/groups/:group',
    name: 'get-group',
    summary: 'Show a group, with `list_volume` also what is in it.',
    access: { rule: 'group:get' },
    since: SINCE,
    params: GroupParams,
    query: GroupQuery,
    status: 200,
    async handle(call) {
      const [group] = await viewsOf(call, groups, [await groups.get(call.ctx, call.params.group)]);
      return { group };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/groups/:group',
    name: 'update-group',
    summary: 'Change name or description of a group, or put volumes into it and take them out.',
    access: { rule: 'group:update' },
    since: SINCE,
    params: GroupParams,
    body: UpdateGroup,
    status: 202,
    handle: ({ ctx, params, body }) => groups.update(ctx, params.group, body.group),
  }),
];
