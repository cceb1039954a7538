import { projectOf, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { assertTakes, groupNotFound, type Group, type GroupStatus } from '../model/group.ts';
import { DEFAULT_ZONE, volumeNotFound, type Volume } from '../model/volume.ts';
import type { CreateGroupBody, ListGroupsQuery, UpdateGroupBody } from '../schema/group.ts';
import { listPage } from '../store/listing.ts';
import { groupSnapshotStore, groupStore } from '../store/periphery-stores.ts';
import { volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { Page } from '#kernel/paging.ts';
import type { VolumeDeps } from './deps.ts';
import { settleGroup } from './group-ends.ts';
import type { GroupTypeService } from './group-types.ts';
import { listRequest } from './list-request.ts';
import type { Lookup } from './lookup.ts';
import type { Quotas } from './quotas.ts';
import type { TypeService } from './types.ts';
import type { Unit, Units } from './units.ts';
import { removeVolume } from './volumes.ts';

const SORTABLE = { id: 'id', name: 'name', status: 'status', created_at: 'created_at' };

export interface GroupDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly types: TypeService;
  readonly groupTypes: GroupTypeService;
  readonly quotas: Quotas;
}

/** Volumes that belong together. */
export class GroupService {
  readonly #with: GroupDeps;

  constructor(collaborators: GroupDeps) {
    this.#with = collaborators;
  }

  async create(ctx: Ctx, body: CreateGroupBody): Promise<Group> {
    const { types, groupTypes, quotas, units } = this.#with;
    const zone = body.availability_zone ?? DEFAULT_ZONE;
    if (zone !== DEFAULT_ZONE)
      throw badRequest(`Invalid input received: Availability zone '${zone}' is invalid.`);
    const { id: groupTypeId } = await groupTypes.get(ctx, body.group_type);
    const volumeTypes: string[] = [];
    for (const type of body.volume_types) volumeTypes.push((await types.get(ctx, type)).id);
    const outer = await quotas.outer(projectOf(ctx));
    return units.run(async (unit) => {
      await quotas.reserve(unit.tx, outer, { groups: 1 });
      const group = newGroup(ctx, unit, { ...body, groupTypeId, volumeTypes, status: 'available' });
      await groupStore.insert(unit.tx, [group]);
      return group;
    });
  }

  list(ctx: Ctx, query: ListGroupsQuery): Promise<Page<Group>> {
    const { policy } = this.#with.deps;
    return listPage(this.#db, groupStore, listRequest(ctx, query, { policy, sortable: SORTABLE }));
  }

  get(ctx: Ctx, id: string): Promise<Group> {
    return this.#with.lookup.group(ctx, id, 'group:get');
  }

  /** Ids of volumes by group, for a page of groups in one query. */
  async volumesOf(groups: readonly Group[]): Promise<ReadonlyMap<string, readonly string[]>> {
    if (groups.length === 0) return new Map();
    const ids = groups.map(({ id }) => id);
    const volumes = await volumeStore.list(this.#db, (eb) => eb('group_id', 'in', ids));
    const byGroup = Map.groupBy(volumes, ({ groupId }) => groupId ?? '');
    return new Map(ids.map((id) => [id, (byGroup.get(id) ?? []).map((volume) => volume.id)]));
  }

  async update(ctx: Ctx, id: string, body: UpdateGroupBody): Promise<void> {
    const added = idsIn(body.add_volumes);
    const removed = idsIn(body.remove_volumes);
    await this.#change(ctx, { id, rule: 'group:update' }, async (group, unit) => {
      if (added.length + removed.length === 0 && (body.name ?? body.description ?? null) === null)
        throw badRequest('Name, description, add_volumes, and remove_volumes can not be all empty.');
      if (group.status !== 'available')
        throw badRequest(`Invalid group: group ${id} is ${group.status}; it must be available.`);
      for (const volume of await volumesNamed(unit, removed)) await leave(unit, group, volume);
      for (const volume of await volumesNamed(unit, added)) await join(unit, group, volume);
      return {
        ...group,
        name: body.name ?? group.name,
        description: body.description ?? group.description,
      };
    });
  }

  /** @param deleteVolumes else the group must be empty */
  async delete(ctx: Ctx, id: string, deleteVolumes: boolean): Promise<void> {
    await this.#change(ctx, { id, rule: 'group:delete' }, async (group, unit) => {
      const volumes = await volumeStore.list(unit.tx, (eb) => eb('group_id', '=', id));
      if (volumes.length > 0 && !deleteVolumes)
        throw badRequest(`Invalid group: group ${id} has volumes; say delete-volumes to delete them too.`);
      if ((await groupSnapshotStore.count(unit.tx, (eb) => eb('group_id', '=', id))) > 0)
        throw badRequest(`Invalid group: group ${id} has group snapshots; delete them first.`);
      for (const volume of volumes)
        if (volume.status !== 'deleting') await removeVolume(unit, volume, { cascade: false, force: false });
      return { ...group, status: 'deleting' };
    });
  }

  async resetStatus(ctx: Ctx, id: string, status: GroupStatus): Promise<void> {
    await this.#change(ctx, { id, rule: 'group:reset_status' }, (group) => ({ ...group, status }));
  }

  async #change(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    to: (group: Group, unit: Unit) => Group | Promise<Group>,
  ): Promise<void> {
    const { lookup, units } = this.#with;
    await lookup.group(ctx, id, rule);
    await units.run(async (unit) => {
      const before = await groupStore.find(unit.tx, id);
      if (!before) throw groupNotFound(id);
      const after = await unit.write(groupStore, before, await to(before, unit));
      if (after.status === 'deleting') await settleGroup(unit, id);
    });
  }

  get #db() {
    return this.#with.deps.database.handle<VolumeTables>();
  }
}

export interface GroupDraft {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly groupTypeId: string;
  readonly volumeTypes: readonly string[];
  readonly status: 'available' | 'creating';
  readonly groupSnapshotId?: string;
  readonly sourceGroupId?: string;
}

export const newGroup = (ctx: Ctx, { now }: Unit, draft: GroupDraft): Group => ({
  id: newUuid(),
  version: 1,
  projectId: projectOf(ctx),
  userId: ctx.user.id,
  name: draft.name ?? null,
  description: draft.description ?? null,
  status: draft.status,
  groupTypeId: draft.groupTypeId,
  volumeTypes: draft.volumeTypes,
  availabilityZone: DEFAULT_ZONE,
  groupSnapshotId: draft.groupSnapshotId ?? null,
  sourceGroupId: draft.sourceGroupId ?? null,
  createdAt: now,
  updatedAt: now,
});

const idsIn = (text: string | null | undefined): string[] =>
  (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));

async function volumesNamed({ tx }: Unit, ids: readonly string[]): Promise<Volume[]> {
  const volumes = await volumeStore.findMany(tx, ids);
  const missing = ids.find((id) => !volumes.some((volume) => volume.id === id));
  if (missing !== undefined) throw badRequest(`Invalid volume: ${volumeNotFound(missing).message}`);
  return volumes;
}

async function join(unit: Unit, group: Group, volume: Volume): Promise<void> {
  assertTakes(group, volume);
  if (volume.groupId !== null && volume.groupId !== group.id)
    throw badRequest(`Invalid volume: volume ${volume.id} is in group ${volume.groupId} already.`);
  if (!['available', 'in-use'].includes(volume.status))
    throw badRequest(
      `Invalid volume: volume ${volume.id} is ${volume.status}; it must be available or in-use.`,
    );
  await unit.write(volumeStore, volume, { ...volume, groupId: group.id });
}

async function leave(unit: Unit, group: Group, volume: Volume): Promise<void> {
  if (volume.groupId !== group.id)
    throw badRequest(`Invalid volume: volume ${volume.id} is not in group ${group.id}.`);
  await unit.write(volumeStore, volume, { ...volume, groupId: null });
}
