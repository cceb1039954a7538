import { isAtLeast } from '#kernel/microversion.ts';
import type { Group, GroupSnapshot, GroupType } from '../model/group.ts';
import { wireTime, type Viewer } from './common.ts';

export const groupBriefView = ({ id, name }: Group | GroupSnapshot) => ({ id, name });

/** @param volumes ids of what is in it; null = nobody asked */
export function groupView(group: Group, volumes: readonly string[] | null, { ctx }: Pick<Viewer, 'ctx'>) {
  const since = (version: string) => isAtLeast(ctx.microversion, version);
  return {
    ...groupBriefView(group),
    description: group.description,
    status: group.status,
    availability_zone: group.availabilityZone,
    created_at: wireTime(group.createdAt),
    group_type: group.groupTypeId,
    volume_types: group.volumeTypes,
    ...(since('3.14') && {
      group_snapshot_id: group.groupSnapshotId,
      source_group_id: group.sourceGroupId,
    }),
    ...(since('3.25') && volumes !== null && { volumes }),
    ...(since('3.38') && { replication_status: 'disabled' }),
  };
}

export const groupSnapshotView = (whole: GroupSnapshot) => ({
  ...groupBriefView(whole),
  description: whole.description,
  status: whole.status,
  group_id: whole.groupId,
  group_type_id: whole.groupTypeId,
  created_at: wireTime(whole.createdAt),
});

export const groupTypeView = (type: GroupType, { seesSpecs }: { readonly seesSpecs: boolean }) => ({
  id: type.id,
  name: type.name,
  description: type.description,
  is_public: type.isPublic,
  ...(seesSpecs && { group_specs: type.groupSpecs }),
});
