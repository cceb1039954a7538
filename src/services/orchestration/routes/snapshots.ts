import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { StackParams } from '../schema/common.ts';
import type { SnapshotService } from '../service/snapshots.ts';
import type { StackService } from '../service/stacks.ts';
import { snapshotView } from '../view/snapshot.ts';
import { STACK, stackAt } from './stacks.ts';

const SnapshotParams = Type.Object({ ...StackParams.properties, snapshot_id: Type.String() });
const CreateSnapshot = Type.Object({
  name: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
});
const SNAPSHOT = `${STACK}/snapshots/:snapshot_id`;

export const snapshotRoutes = (stacks: StackService, snapshots: SnapshotService): Route[] => [
  route({
    method: 'POST',
    url: `${STACK}/snapshots`,
    name: 'create-snapshot',
    summary: 'Keep what a stack is.',
    access: { rule: 'stacks:snapshot' },
    params: StackParams,
    body: CreateSnapshot,
    status: 200,
    async handle({ ctx, params, body }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:snapshot');
      // Bare, as upstream answers this one call.
      return snapshotView(await snapshots.create(ctx, stack, body.name ?? ''));
    },
  }),
  route({
    method: 'GET',
    url: `${STACK}/snapshots`,
    name: 'list-snapshots',
    summary: "List a stack's snapshots.",
    access: { rule: 'stacks:list_snapshots' },
    params: StackParams,
    status: 200,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:list_snapshots');
      return { snapshots: (await snapshots.list(stack)).map(snapshotView) };
    },
  }),
  route({
    method: 'GET',
    url: SNAPSHOT,
    name: 'get-snapshot',
    summary: 'Show a snapshot with what it holds.',
    access: { rule: 'stacks:show_snapshot' },
    params: SnapshotParams,
    status: 200,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:show_snapshot');
      return { snapshot: snapshotView(await snapshots.get(stack, params.snapshot_id)) };
    },
  }),
  route({
    method: 'DELETE',
    url: SNAPSHOT,
    name: 'delete-snapshot',
    summary: 'Forget a snapshot.',
    access: { rule: 'stacks:delete_snapshot' },
    params: SnapshotParams,
    status: 204,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:delete_snapshot');
      await snapshots.delete(stack, params.snapshot_id);
    },
  }),
  route({
    method: 'POST',
    url: `${SNAPSHOT}/restore`,
    name: 'restore-snapshot',
    summary: 'Make a stack what it was.',
    access: { rule: 'stacks:restore_snapshot' },
    params: SnapshotParams,
    status: 202,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:restore_snapshot');
      await snapshots.restore(ctx, stack, params.snapshot_id);
      return null;
    },
  }),
];
