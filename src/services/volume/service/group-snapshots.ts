import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Page } from '#kernel/paging.ts';
import {
  groupNotFound,
  groupSnapshotNotFound,
  type GroupSnapshot,
  type GroupStatus,
} from '../model/group.ts';
import type { CreateGroupSnapshotBody, ListGroupSnapshotsQuery } from '../schema/group.ts';
import { listPage } from '../store/listing.ts';
import { groupSnapshotStore, groupStore } from '../store/periphery-stores.ts';
import { snapshotStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import { settleGroupSnapshot } from './group-ends.ts';
import { equal, listRequest } from './list-request.ts';
import type { Lookup } from './lookup.ts';
import type { Quotas } from './quotas.ts';
import { removeSnapshot, type SnapshotService } from './snapshots.ts';
import type { Unit, Units } from './units.ts';

const SORTABLE = { id: 'id', name: 'name', status: 'status', group_id: 'group_id', created_at: 'created_at' };

export interface GroupSnapshotDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly quotas: Quotas;
  readonly snapshots: SnapshotService;
}

/** Snapshots of all volumes of a group. */
export class GroupSnapshotService {
  readonly #with: GroupSnapshotDeps;

  constructor(collaborators: GroupSnapshotDeps) {
    this.#with = collaborators;
  }

  async create(ctx: Ctx, body: CreateGroupSnapshotBody): Promise<GroupSnapshot> {
    const { units, lookup, quotas, snapshots } = this.#with;
    const { id: groupId, projectId } = await lookup.group(ctx, body.group_id, 'group:get');
    const outer = await quotas.outer(projectId);
    return units.run(async (unit) => {
      const group = await groupStore.find(unit.tx, groupId);
      if (!group) throw groupNotFound(groupId);
      if (group.status !== 'available')
        throw badRequest(`Invalid group: group ${groupId} is ${group.status}; it must be available.`);
      const volumes = await volumeStore.list(unit.tx, (eb) => eb('group_id', '=', groupId));
      if (volumes.length === 0) throw badRequest(`Invalid group: group ${groupId} has no volumes.`);
      const whole = newGroupSnapshot(ctx, unit, { ...body, projectId, groupTypeId: group.groupTypeId });
      await groupSnapshotStore.insert(unit.tx, [whole]);
      for (const { id } of volumes)
        await snapshots.add(unit, ctx, {
          body: { volume_id: id, name: body.name ?? null, description: body.description ?? null },
          outer,
          force: true,
          groupSnapshotId: whole.id,
        });
      return whole;
    });
  }

  list(ctx: Ctx, query: ListGroupSnapshotsQuery): Promise<Page<GroupSnapshot>> {
    const { deps } = this.#with;
    const filters = equal('group_id', query.group_id);
    const request = listRequest(ctx, query, { policy: deps.policy, sortable: SORTABLE, filters });
    return listPage(deps.database.handle<VolumeTables>(), groupSnapshotStore, request);
  }

  get(ctx: Ctx, id: string): Promise<GroupSnapshot> {
    return this.#with.lookup.groupSnapshot(ctx, id, 'group:get_group_snapshot');
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.#change(ctx, { id, rule: 'group:delete_group_snapshot' }, async (whole, unit) => {
      if (!['available', 'error', 'error_deleting'].includes(whole.status))
        throw badRequest(`Invalid GroupSnapshot: it is ${whole.status}; it must be available or error.`);
      const members = await snapshotStore.list(unit.tx, (eb) => eb('group_snapshot_id', '=', id));
      for (const snapshot of members)
        if (snapshot.status !== 'deleting') await removeSnapshot(unit, snapshot, false);
      return { ...whole, status: 'deleting' };
    });
  }

  async resetStatus(ctx: Ctx, id: string, status: GroupStatus): Promise<void> {
    const rule = 'group:reset_group_snapshot_status';
    await this.#change(ctx, { id, rule }, (whole) => ({ ...whole, status }));
  }

  async #change(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    to: (whole: GroupSnapshot, unit: Unit) => GroupSnapshot | Promise<GroupSnapshot>,
  ): Promise<void> {
    const { lookup, units } = this.#with;
    await lookup.groupSnapshot(ctx, id, rule);
    await units.run(async (unit) => {
      const before = await groupSnapshotStore.find(unit.tx, id);
      if (!before) throw groupSnapshotNotFound(id);
      const after = await unit.write(groupSnapshotStore, before, await to(before, unit));
      if (after.status === 'deleting') await settleGroupSnapshot(unit, id);
    });
  }
}

type Draft = CreateGroupSnapshotBody & { readonly projectId: string; readonly groupTypeId: string };

const newGroupSnapshot = (ctx: Ctx, { now }: Unit, draft: Draft): GroupSnapshot => ({
  id: newUuid(),
  version: 1,
  projectId: draft.projectId,
  userId: ctx.user.id,
  groupId: draft.group_id,
  groupTypeId: draft.groupTypeId,
  name: draft.name ?? null,
  description: draft.description ?? null,
  status: 'creating',
  createdAt: now,
  updatedAt: now,
});
