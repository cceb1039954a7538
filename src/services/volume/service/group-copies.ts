import { projectOf, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import type { Group } from '../model/group.ts';
import type { CopyGroupBody } from '../schema/group.ts';
import type { CreateVolumeBody } from '../schema/volume.ts';
import { groupStore } from '../store/periphery-stores.ts';
import { snapshotStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeCreation } from './creation.ts';
import type { VolumeDeps } from './deps.ts';
import { settleGroup } from './group-ends.ts';
import { newGroup, type GroupDraft } from './groups.ts';
import type { Lookup } from './lookup.ts';
import type { Quotas } from './quotas.ts';
import type { Units } from './units.ts';

export interface GroupCopyDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly quotas: Quotas;
  readonly creation: VolumeCreation;
}

interface Original {
  readonly group: Group;
  readonly of: Pick<GroupDraft, 'groupSnapshotId' | 'sourceGroupId'>;
  /** One for each volume of the copy. */
  readonly bodies: readonly CreateVolumeBody[];
}

/** Groups made of groups and of their snapshots: a copy of each volume, all accepted together. */
export class GroupCopies {
  readonly #with: GroupCopyDeps;

  constructor(collaborators: GroupCopyDeps) {
    this.#with = collaborators;
  }

  async create(ctx: Ctx, body: CopyGroupBody): Promise<Group> {
    const { units, quotas, creation } = this.#with;
    const { group: original, of, bodies } = await this.#original(ctx, body);
    if (bodies.length === 0) throw badRequest('Invalid group: the source group is empty.');
    const plans = await Promise.all(bodies.map((volume) => creation.plan(ctx, volume)));
    const outer = await quotas.outer(projectOf(ctx));
    return units.run(async (unit) => {
      await quotas.reserve(unit.tx, outer, { groups: 1 });
      const { groupTypeId, volumeTypes } = original;
      const group = newGroup(ctx, unit, { ...body, ...of, groupTypeId, volumeTypes, status: 'creating' });
      await groupStore.insert(unit.tx, [group]);
      for (const plan of plans) await creation.add(unit, ctx, { ...plan, groupId: group.id });
      await settleGroup(unit, group.id); // no node may have had room
      return group;
    });
  }

  async #original(ctx: Ctx, body: CopyGroupBody): Promise<Original> {
    const { lookup, deps } = this.#with;
    const db = deps.database.handle<VolumeTables>();
    const { group_snapshot_id: snapshotId = null, source_group_id: groupId = null } = body;
    if ((snapshotId === null) === (groupId === null))
      throw badRequest('Exactly one of group_snapshot_id and source_group_id must be given.');
    if (groupId !== null) {
      const group = await lookup.group(ctx, groupId, 'group:get');
      const volumes = await volumeStore.list(db, (eb) => eb('group_id', '=', groupId));
      return {
        group,
        of: { sourceGroupId: groupId },
        bodies: volumes.map(({ id }) => ({ source_volid: id })),
      };
    }
    const whole = await lookup.groupSnapshot(ctx, snapshotId ?? '', 'group:get_group_snapshot');
    const group = await lookup.group(ctx, whole.groupId, 'group:get');
    const snapshots = await snapshotStore.list(db, (eb) => eb('group_snapshot_id', '=', whole.id));
    const bodies = snapshots.map(({ id }) => ({ snapshot_id: id }));
    return { group, of: { groupSnapshotId: whole.id }, bodies };
  }
}
