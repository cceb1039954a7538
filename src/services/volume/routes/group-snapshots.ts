import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { CreateGroupSnapshot, GroupSnapshotParams, ListGroupSnapshots, ResetGroup } from '../schema/group.ts';
import type { GroupSnapshotService } from '../service/group-snapshots.ts';
import { groupBriefView, groupSnapshotView } from '../view/group.ts';
import { action, actionRoute } from './actions.ts';
import { listRoutes } from './list-routes.ts';

const SINCE = '3.14';

export const groupSnapshotRoutes = (snapshots: GroupSnapshotService, policy: Policy): Route[] => [
  route({
    method: 'POST',
    url: '/v3/group_snapshots',
    name: 'create-group-snapshot',
    summary: 'Create a snapshot of each volume of a group.',
    access: { rule: 'group:create_group_snapshot' },
    since: SINCE,
    body: CreateGroupSnapshot,
    status: 202,
    async handle({ ctx, body }) {
      const whole = await snapshots.create(ctx, body.group_snapshot);
      return { group_snapshot: { ...groupBriefView(whole), group_type_id: whole.groupTypeId } };
    },
  }),
  ...listRoutes({
    path: 'group_snapshots',
    rule: 'group:get_all_group_snapshots',
    since: SINCE,
    query: ListGroupSnapshots,
    policy,
    list: async (ctx, query) => ({ ...(await snapshots.list(ctx, query)), count: null }),
    brief: (items) => items.map(groupBriefView),
    detail: (items) => items.map(groupSnapshotView),
  }),
  route({
    method: 'GET',
    url: '/v3/group_snapshots/:group_snapshot',
    name: 'get-group-snapshot',
    summary: 'Show a group snapshot.',
    access: { rule: 'group:get_group_snapshot' },
    since: SINCE,
    params: GroupSnapshotParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      group_snapshot: groupSnapshotView(await snapshots.get(ctx, params.group_snapshot)),
    }),
  }),
  route({
    method: 'DELETE',
    url: '/v3/group_snapshots/:group_snapshot',
    name: 'delete-group-snapshot',
    summary: 'Delete a group snapshot, and all its snapshots.',
    access: { rule: 'group:delete_group_snapshot' },
    since: SINCE,
    params: GroupSnapshotParams,
    status: 202,
    handle: ({ ctx, params }) => snapshots.delete(ctx, params.group_snapshot),
  }),
  actionRoute(
    { path: 'group_snapshots', singular: 'group_snapshot', rule: 'group:get_group_snapshot', since: '3.19' },
    [
      action({
        name: 'reset_status',
        schema: ResetGroup,
        handle: ({ ctx }, id, { status }) => snapshots.resetStatus(ctx, id, status as 'available'),
      }),
    ],
  ),
];
