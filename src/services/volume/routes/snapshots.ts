import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { SnapshotParams } from '../schema/common.ts';
import { CreateSnapshot, ListSnapshots, UpdateSnapshot } from '../schema/snapshot.ts';
import type { SnapshotService } from '../service/snapshots.ts';
import { snapshotBriefView, snapshotView } from '../view/snapshot.ts';
import { action, actionRoute, Nothing } from './actions.ts';
import { listRoutes } from './list-routes.ts';
import { viewerOf } from './v3.ts';

export const snapshotRoutes = (snapshots: SnapshotService, policy: Policy): Route[] => [
  route({
    method: 'POST',
    url: '/v3/snapshots',
    name: 'create-snapshot',
    summary: 'Create a snapshot of a volume.',
    access: { rule: 'volume:create_snapshot' },
    body: CreateSnapshot,
    status: 202,
    async handle(call) {
      const snapshot = await snapshots.create(call.ctx, call.body.snapshot);
      return { snapshot: snapshotBriefView(snapshot, viewerOf(call, policy)) };
    },
  }),
  ...listRoutes({
    path: 'snapshots',
    rule: 'volume:get_all_snapshots',
    query: ListSnapshots,
    policy,
    list: (ctx, query) => snapshots.list(ctx, query),
    brief: (items, viewer) => items.map((item) => snapshotBriefView(item, viewer)),
    detail: (items, viewer) => items.map((item) => snapshotView(item, viewer)),
  }),
  route({
    method: 'GET',
    url: '/v3/snapshots/:snapshot',
    name: 'get-snapshot',
    summary: 'Show a snapshot.',
    access: { rule: 'volume:get_snapshot' },
    params: SnapshotParams,
    status: 200,
    async handle(call) {
      const snapshot = await snapshots.get(call.ctx, call.params.snapshot);
      return { snapshot: snapshotView(snapshot, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/snapshots/:snapshot',
    name: 'update-snapshot',
    summary: 'Change name or description of a snapshot.',
    access: { rule: 'volume:update_snapshot' },
    params: SnapshotParams,
    body: UpdateSnapshot,
    status: 200,
    async handle(call) {
      const snapshot = await snapshots.update(call.ctx, call.params.snapshot, call.body.snapshot);
      return { snapshot: snapshotBriefView(snapshot, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/snapshots/:snapshot',
    name: 'delete-snapshot',
    summary: 'Delete a snapshot.',
    access: { rule: 'volume:delete_snapshot' },
    params: SnapshotParams,
    status: 202,
    handle: ({ ctx, params }) => snapshots.delete(ctx, params.snapshot, false),
  }),
  snapshotActions(snapshots),
];

const Status = Type.Union(
  ['creating', 'available', 'deleting', 'error', 'error_deleting', 'backing-up', 'restoring'].map((word) =>
    Type.Literal(word),
  ),
);

const snapshotActions = (snapshots: SnapshotService): Route =>
  actionRoute({ path: 'snapshots', singular: 'snapshot', rule: 'volume:get_snapshot' }, [
    action({
      name: 'os-reset_status',
      schema: Type.Object({ status: Status }),
      async handle({ ctx }, id, { status }) {
        const rule = 'volume_extension:snapshot_admin_actions:reset_status';
        await snapshots.change(ctx, { id, rule }, (before) => ({ ...before, status: status as 'available' }));
      },
    }),
    action({
      name: 'os-update_snapshot_status',
      schema: Type.Object({
        status: Status,
        progress: Type.Optional(Type.String({ maxLength: 10, pattern: '^[0-9]{1,3}%?$' })),
      }),
      async handle({ ctx }, id, { status, progress = null }) {
        const rule = 'snapshot_extension:snapshot_actions:update_snapshot_status';
        await snapshots.change(ctx, { id, rule }, (before) => ({
          ...before,
          status: status as 'available',
          progress: progress ?? before.progress,
        }));
      },
    }),
    action({
      name: 'os-force_delete',
      schema: Nothing,
      handle: ({ ctx }, id) => snapshots.delete(ctx, id, true),
    }),
  ]);
