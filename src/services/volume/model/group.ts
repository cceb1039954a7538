import { badRequest, notFound, type CloudError } from '#kernel/errors.ts';
import type { Volume } from './volume.ts';

export type GroupStatus = 'creating' | 'available' | 'updating' | 'deleting' | 'error' | 'error_deleting';

/** What groups may be like. */
export interface GroupType {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly groupSpecs: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Volumes that belong together. */
export interface Group {
  readonly id: string;
  readonly version: number;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  /** `creating` and `deleting` until its volumes are as far. */
  readonly status: GroupStatus;
  readonly groupTypeId: string;
  /** Ids of the types that its volumes may have. */
  readonly volumeTypes: readonly string[];
  readonly availabilityZone: string;
  /** What it was made of. */
  readonly groupSnapshotId: string | null;
  readonly sourceGroupId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Snapshots of all volumes of a group, made and deleted together. */
export interface GroupSnapshot {
  readonly id: string;
  readonly version: number;
  readonly projectId: string;
  readonly userId: string;
  readonly groupId: string;
  readonly groupTypeId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: GroupStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const groupTypeNotFound = (id: string): CloudError => notFound(`Group type ${id} could not be found.`);
export const groupNotFound = (id: string): CloudError => notFound(`Group ${id} could not be found.`);
export const groupSnapshotNotFound = (id: string): CloudError =>
  notFound(`GroupSnapshot ${id} could not be found.`);

/** @throws CloudError `bad-request` unless the group may have the volume: one of its own project, and of its types */
export function assertTakes(group: Group, volume: Pick<Volume, 'id' | 'projectId' | 'typeId'>): void {
  if (volume.projectId !== group.projectId)
    throw badRequest(`Invalid volume: Volume ${volume.id} could not be found.`);
  if (!['available', 'creating'].includes(group.status))
    throw badRequest(`Invalid group: group ${group.id} is ${group.status}; it must be available.`);
  if (!group.volumeTypes.includes(volume.typeId))
    throw badRequest(`Invalid volume: group ${group.id} takes no volumes of type ${volume.typeId}.`);
}

const TRANSIENT = ['creating', 'deleting'];

/** How far a group is, by its members: `undefined` = as far as it was. */
export function settled(
  { status }: Pick<Group, 'status'>,
  members: readonly { readonly status: string }[],
): GroupStatus | 'gone' | undefined {
  if (!TRANSIENT.includes(status)) return undefined;
  if (status === 'deleting') return members.length === 0 ? 'gone' : undefined;
  if (members.some((member) => member.status === 'creating')) return undefined;
  return members.some((member) => member.status === 'error') ? 'error' : 'available';
}
